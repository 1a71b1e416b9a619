using System.Net;
using System.Text;

namespace CoapBridge.Identity;

/// <summary>
/// The name that a server must prove: a DNS name or an IP address, fixed before connecting (RFC 9525 §6.1). A DNS name
/// matches only a dNSName as a whole, letter case aside; an address only an iPAddress, octet by octet (§6.3, §6.4).
/// No CN, and no wildcards (RFC 7252 §9.1.3.3).
/// </summary>
public sealed class ServerName
{
    private readonly string _text;
    private readonly byte[]? _address;

    private ServerName(string text, byte[]? address)
    {
        _text = text;
        _address = address;
    }

    /// <summary>Null when the text is neither an IP address nor a DNS name in letters, digits, hyphens, underscores and dots.</summary>
    public static ServerName? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IPAddress.TryParse(text, out var address))
        {
            return new(text, address.GetAddressBytes());
        }

        var isDns = text.Length is > 0 and <= 253 && text.Split('.').All(label => label.Length is > 0 and <= 63)
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        return isDns ? new(text, null) : null;
    }

    public override string ToString() => _text;

    internal bool Matches(SubjectAltName names) => _address is not null
        ? names.IpAddresses.Any(address => address.Span.SequenceEqual(_address))
        : names.DnsNames.Any(name => Ascii.EqualsIgnoreCase(name.Span, _text));
}
