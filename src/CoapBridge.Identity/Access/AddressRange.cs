using System.Globalization;
using System.Net;
using CoapBridge.Wire;

namespace CoapBridge.Identity;

/// <summary>
/// Addresses with a common prefix (RFC 4632 §3.1, RFC 4291 §2.3): <c>10.0.0.0/8</c>, <c>fd00::/8</c>, or one address.
/// An IPv4 range holds no IPv6 address and the other way round.
/// </summary>
internal readonly record struct AddressRange(UInt128 Prefix, int Length, bool IsIPv4)
{
    private const int MappedPrefixLength = 96; // an IPv4 address is held as ::ffff:0:0/96

    /// <summary>Null when the text is no range; bits after the prefix must be zero, so that nobody means more than is written.</summary>
    public static AddressRange? TryParse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? text : text[..slash];
        if (address.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(address, out var parsed) || parsed.IsIPv4MappedToIPv6)
        {
            return null;
        }

        var bits = Bits(PeerAddress.From(parsed, 0));
        var isIPv4 = parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        var most = isIPv4 ? 32 : 128;
        var length = most;
        if ((isIPv4 && parsed.ToString() != address) // 010.0.0.1 is octal to some
            || (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > most)))
        {
            return null;
        }

        var range = new AddressRange(bits, length + (isIPv4 ? MappedPrefixLength : 0), isIPv4);
        return (bits & ~range.Mask) == 0 ? range : null;
    }

    private UInt128 Mask => Length == 0 ? 0 : UInt128.MaxValue << (128 - Length);

    public bool Contains(in PeerAddress address) => address.IsIPv4 == IsIPv4 && (Bits(address) & Mask) == Prefix;

    private static UInt128 Bits(in PeerAddress address) => new(address.High, address.Low);
}
