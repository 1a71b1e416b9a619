using System.Globalization;
using System.Text;

namespace CoapBridge.Identity;

/// <summary>The object identifiers that this room knows, as the content octets of their DER form.</summary>
internal static class Oids
{
    // RFC 5280 §4.2.1: id-ce is 2.5.29.
    public static ReadOnlySpan<byte> SubjectKeyIdentifier => [0x55, 0x1D, 14];
    public static ReadOnlySpan<byte> KeyUsage => [0x55, 0x1D, 15];
    public static ReadOnlySpan<byte> SubjectAltName => [0x55, 0x1D, 17];
    public static ReadOnlySpan<byte> BasicConstraints => [0x55, 0x1D, 19];
    public static ReadOnlySpan<byte> NameConstraints => [0x55, 0x1D, 30];
    public static ReadOnlySpan<byte> AuthorityKeyIdentifier => [0x55, 0x1D, 35];
    public static ReadOnlySpan<byte> ExtendedKeyUsage => [0x55, 0x1D, 37];

    // RFC 5280 §4.2.1.12
    public static ReadOnlySpan<byte> AnyExtendedKeyUsage => [0x55, 0x1D, 37, 0];
    public static ReadOnlySpan<byte> ServerAuth => [0x2B, 6, 1, 5, 5, 7, 3, 1];
    public static ReadOnlySpan<byte> ClientAuth => [0x2B, 6, 1, 5, 5, 7, 3, 2];

    public static ReadOnlySpan<byte> CommonName => [0x55, 0x04, 3];

    /// <summary>The short name of an attribute of a distinguished name (RFC 4514 §3), or its dotted form.</summary>
    public static string AttributeName(ReadOnlySpan<byte> oid) => oid switch
    {
        [0x55, 0x04, 3] => "CN",
        [0x55, 0x04, 5] => "SERIALNUMBER",
        [0x55, 0x04, 6] => "C",
        [0x55, 0x04, 7] => "L",
        [0x55, 0x04, 8] => "ST",
        [0x55, 0x04, 10] => "O",
        [0x55, 0x04, 11] => "OU",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 1, 1] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 1, 25] => "DC",
        _ => Dotted(oid),
    };

    /// <summary>The attribute of a name that a policy's variable asks for by its short name; null when there is none.</summary>
    public static byte[]? TryGetPolicyAttribute(string shortName) => shortName switch
    {
        "CN" => [0x55, 0x04, 3],
        "C" => [0x55, 0x04, 6],
        "L" => [0x55, 0x04, 7],
        "ST" => [0x55, 0x04, 8],
        "O" => [0x55, 0x04, 10],
        "OU" => [0x55, 0x04, 11],
        _ => null,
    };

    /// <summary>The dotted form; an arc above 2^56 is shown as a question mark (only logs see this text).</summary>
    public static string Dotted(ReadOnlySpan<byte> oid)
    {
        var text = new StringBuilder();
        ulong arc = 0;
        var octets = 0;
        foreach (var octet in oid)
        {
            arc = (arc << 7) | (octet & 0x7Fu);
            octets++;
            if (octet >= 0x80)
            {
                continue;
            }

            if (octets > 8)
            {
                text.Append(text.Length == 0 ? "?" : ".?");
            }
            else if (text.Length == 0)
            {
                var first = Math.Min(arc / 40, 2);
                text.Append(CultureInfo.InvariantCulture, $"{first}.{arc - (40 * first)}");
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $".{arc}");
            }

            arc = 0;
            octets = 0;
        }

        return text.ToString();
    }
}
