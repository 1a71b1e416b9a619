using System.Security.Cryptography;
using System.Text;
using CoapBridge.Identity;

namespace CoapBridge.Options;

/// <summary>The revocation lists, the deny list and the allow list, as their files say.</summary>
/// <param name="Revocations">Of all files, in their order.</param>
/// <param name="Denied">Null when none is configured.</param>
/// <param name="Allowed">Null when none is configured.</param>
/// <param name="Digest">Stands for the contents of all files.</param>
internal sealed record DeviceListFiles(IReadOnlyList<RevocationList> Revocations, DeviceList? Denied, DeviceList? Allowed, string Digest)
{
    private const string Label = "X509 CRL";

    /// <summary>Reads everything; what is wrong is in <paramref name="errors"/>, and then the result is not to be used.</summary>
    public static DeviceListFiles Load(DevicesOptions options, TrustAnchors? anchors, ICollection<OptionsError> errors)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var revocations = new List<RevocationList>();
        foreach (var path in options.RevocationLists)
        {
            var content = Read("Devices:RevocationLists", path, errors, digest);
            revocations.AddRange(content is null ? [] : ListsOf(content, path, anchors, errors));
        }

        var denied = List("Devices:Denied", options.Denied, errors, digest);
        var allowed = List("Devices:Allowed", options.Allowed, errors, digest);
        return new(revocations, denied, allowed, Convert.ToHexStringLower(digest.GetCurrentHash()));
    }

    private static IEnumerable<RevocationList> ListsOf(byte[] content, string path, TrustAnchors? anchors, ICollection<OptionsError> errors)
    {
        const string key = "Devices:RevocationLists";
        foreach (var der in Encodings(content))
        {
            if (RevocationList.TryParse(der, out var fault) is not { } list)
            {
                errors.Add(new OptionsError(key, $"holds a revocation list that cannot be used: {fault}", path));
            }
            else if (anchors is not null && list.ProblemWith(anchors) is { } problem)
            {
                errors.Add(new OptionsError(key, $"holds a revocation list that cannot be used: {problem}", path));
            }
            else
            {
                yield return list;
            }
        }
    }

    /// <summary>DER as it is, or each list of a PEM file.</summary>
    private static List<byte[]> Encodings(byte[] content)
    {
        if (content.AsSpan().IndexOf("-----BEGIN "u8) < 0)
        {
            return [content];
        }

        var text = Encoding.Latin1.GetString(content);
        var lists = new List<byte[]>();
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            if (rest[fields.Label].SequenceEqual(Label))
            {
                lists.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
            }
        }

        return lists.Count > 0 ? lists : [content];
    }

    private static DeviceList? List(string key, string? path, ICollection<OptionsError> errors, IncrementalHash digest)
    {
        if (path is null || Read(key, path, errors, digest) is not { } content)
        {
            return null;
        }

        if (!DeviceList.TryParse(Encoding.UTF8.GetString(content), out var list, out var faults))
        {
            foreach (var fault in faults)
            {
                errors.Add(new OptionsError(key, fault.ToString(), path));
            }
        }

        return list;
    }

    private static byte[]? Read(string key, string path, ICollection<OptionsError> errors, IncrementalHash digest)
    {
        try
        {
            if (new FileInfo(path).Length > 2 * RevocationList.MaxOctets)
            {
                errors.Add(new OptionsError(key, $"is longer than {2 * RevocationList.MaxOctets} bytes; is it the right file?", path));
                return null;
            }

            var content = File.ReadAllBytes(path);
            digest.AppendData(SHA256.HashData(content));
            return content;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add(new OptionsError(key, $"cannot be read: {exception.Message}", path));
            return null;
        }
    }
}
