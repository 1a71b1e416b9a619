using System.Buffers;
using System.Text;

namespace CoapBridge.Identity;

/// <summary>
/// The grammar of a device's name: <c>[A-Za-z0-9._:-]{1,64}</c>, not starting with a dot (REQUIREMENTS 9.30). It is a
/// topic level as it stands: nothing in it separates, matches or hides.
/// </summary>
public static class DeviceName
{
    private static readonly SearchValues<byte> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"u8);

    /// <summary>Is this text a device's name?</summary>
    public static bool IsValid(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length <= 64 && IsValid(Encoding.UTF8.GetBytes(name));
    }

    /// <summary>
    /// The name in the one field that counts, or null when it is missing, there twice or no name. Read from the ASN.1, never
    /// from a text form (REQUIREMENTS 9.31, 9.32).
    /// </summary>
    internal static string? TryRead(Certificate certificate, DeviceNameSource source) => source switch
    {
        DeviceNameSource.SanDns => TryRead(certificate.Extensions.SubjectAltName?.DnsNames),
        DeviceNameSource.SanUri => TryRead(certificate.Extensions.SubjectAltName?.Uris),
        _ => TryReadCommonName(certificate.Subject),
    };

    /// <summary>For people: what the field must be.</summary>
    internal static string Demand(DeviceNameSource source)
    {
        const string grammar = "of 1 to 64 letters, digits and . _ : - (no dot first)";
        return source switch
        {
            DeviceNameSource.SanDns => $"subjectAltName must have one dNSName {grammar}",
            DeviceNameSource.SanUri => $"subjectAltName must have one URI {grammar}",
            _ => $"the subject must have one CN {grammar}",
        };
    }

    private static string? TryReadCommonName(DistinguishedName subject)
    {
        if (!subject.TryGetOnly(Oids.CommonName, out var tag, out var value) || !IsValid(value))
        {
            return null;
        }

        // The grammar is ASCII, so valid octets are valid UTF-8; PrintableString has no underscore (X.680 §41.4).
        var isText = tag == DerReader.Utf8String || (tag == DerReader.PrintableString && !value.Contains((byte)'_'));
        return isText ? Encoding.ASCII.GetString(value) : null;
    }

    private static string? TryRead(IReadOnlyList<ReadOnlyMemory<byte>>? names) =>
        names is [var only] && IsValid(only.Span) ? Encoding.ASCII.GetString(only.Span) : null;

    private static bool IsValid(ReadOnlySpan<byte> name) =>
        name.Length is >= 1 and <= 64 && name[0] != '.' && !name.ContainsAnyExcept(Allowed);
}
