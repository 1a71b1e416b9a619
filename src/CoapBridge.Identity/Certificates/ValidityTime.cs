namespace CoapBridge.Identity;

/// <summary>
/// Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }   RFC 5280 §4.1.2.5.
/// Always with seconds, always in Z, no fractions; UTCTime up to 2049, GeneralizedTime from 2050.
/// </summary>
internal static class ValidityTime
{
    public static DateTimeOffset Read(ref DerReader reader)
    {
        var general = reader.NextTag == DerReader.GeneralizedTime;
        var text = reader.Read(general ? DerReader.GeneralizedTime : DerReader.UtcTime);
        if (reader.Failed || !TryParse(text, yearDigits: general ? 4 : 2, out var time))
        {
            reader.Fail();
            return default;
        }

        return time;
    }

    private static bool TryParse(ReadOnlySpan<byte> text, int yearDigits, out DateTimeOffset time)
    {
        time = default;
        if (text.Length != yearDigits + 11 || text[^1] != 'Z' || text[..^1].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        var year = Number(text[..yearDigits]);
        if (yearDigits == 2)
        {
            year += year >= 50 ? 1900 : 2000; // RFC 5280 §4.1.2.5.1
        }
        else if (year < 2050)
        {
            return false; // RFC 5280 §4.1.2.5: dates through 2049 MUST be UTCTime
        }

        var rest = text[yearDigits..];
        int month = Number(rest[..2]), day = Number(rest[2..4]), hour = Number(rest[4..6]), minute = Number(rest[6..8]), second = Number(rest[8..10]);
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        time = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
        return true;
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            number = (number * 10) + (digit - '0');
        }

        return number;
    }
}
