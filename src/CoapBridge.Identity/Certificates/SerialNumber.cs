using System.Buffers;

namespace CoapBridge.Identity;

/// <summary>
/// The serial number of a certificate as people meet it: lower-case hex of its octets without leading zero octets, which
/// is what <c>openssl x509 -serial</c> prints but for the letter case.
/// </summary>
public static class SerialNumber
{
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>Takes upper case, colons between octets, <c>0x</c> in front, and leading zeros away; null when it is no serial number.</summary>
    public static string? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var digits = text.Trim().ToLowerInvariant();
        digits = (digits.StartsWith("0x", StringComparison.Ordinal) ? digits[2..] : digits).Replace(":", "", StringComparison.Ordinal);
        if (digits.Length is 0 or > 2 * MaxOctets + 2 || digits.AsSpan().ContainsAnyExcept(Hex))
        {
            return null;
        }

        digits = digits.TrimStart('0');
        return digits.Length is 0 or > 2 * MaxOctets ? null : digits.Length % 2 == 0 ? digits : "0" + digits;
    }

    /// <summary>The same form of a serial number's octets, of which the first may be a zero that makes it positive.</summary>
    internal static string ToText(ReadOnlySpan<byte> octets) => Convert.ToHexStringLower(octets.TrimStart((byte)0));

    /// <summary>RFC 5280 §4.1.2.2.</summary>
    private const int MaxOctets = 20;
}
