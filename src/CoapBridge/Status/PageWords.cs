using System.Globalization;

namespace CoapBridge.Status;

/// <summary>Numbers and times as people say them.</summary>
internal static class PageWords
{
    private static readonly (string Unit, long Seconds)[] _units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

    /// <summary>The two largest units: <c>3 h 12 min</c>; from a hundred days on, days alone.</summary>
    public static string Duration(TimeSpan time)
    {
        var seconds = Math.Max(0, (long)time.TotalSeconds);
        for (var index = 0; index < _units.Length - 1; index++)
        {
            var (unit, length) = _units[index];
            if (seconds >= length)
            {
                var (next, nextLength) = _units[index + 1];
                var rest = seconds % length / nextLength;
                return rest == 0 || seconds >= 100 * 86_400 || unit == "min" ? $"{seconds / length} {unit}" : $"{seconds / length} {unit} {rest} {next}";
            }
        }

        return $"{seconds} s";
    }

    public static string Ago(DateTimeOffset now, DateTimeOffset then) => now - then < TimeSpan.FromSeconds(2) ? "just now" : $"{Duration(now - then)} ago";

    public static string Days(int days) => days switch
    {
        < 0 => "expired",
        0 => "less than a day",
        1 => "1 day",
        _ => $"{Number(days)} days",
    };

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Count(long number, string what) => $"{Number(number)} {what}{(number == 1 ? "" : "s")}";

    /// <summary>In binary units: <c>256 MiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1_024 && unit < units.Length - 1)
        {
            (value, unit) = (value / 1_024, unit + 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(value >= 10 || unit == 0 ? Math.Floor(value) : Math.Floor(value * 10) / 10)} {units[unit]}");
    }

    /// <summary>A day and a time of it, in UTC.</summary>
    public static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Sentence(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..] + (text[^1] is '.' or '!' or '?' ? "" : ".");
}
