namespace CoapBridge.Identity;

/// <summary>
/// The CAs whose keys end a path (DESIGN D-3). An anchor is its key; several may carry one name (a CA that rolls its
/// key). The anchor's own signature and dates are not part of a path (RFC 5280 §6.1.1 d); its path length and its
/// extKeyUsage are obeyed. Immutable, and may be used by many threads at once.
/// </summary>
public sealed class TrustAnchors
{
    private readonly TrustAnchor[] _anchors;

    private TrustAnchors(TrustAnchor[] anchors) => _anchors = anchors;

    /// <summary>How many different CAs there are.</summary>
    public int Count => _anchors.Length;

    internal IReadOnlyList<TrustAnchor> All => _anchors;

    /// <summary>
    /// Takes the CA certificates of the configuration, each in DER. Null when one of them cannot be an anchor, or none
    /// is given; <paramref name="problems"/> then has a sentence for each, naming it by its place (from 1).
    /// </summary>
    public static TrustAnchors? TryCreate(IReadOnlyList<byte[]> certificates, out IReadOnlyList<string> problems)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        var anchors = new List<TrustAnchor>();
        var found = new List<string>();
        for (var i = 0; i < certificates.Count; i++)
        {
            var certificate = Certificate.TryParse(certificates[i].ToArray(), out var fault);
            fault = certificate is null ? fault : Unfitness(certificate);
            if (fault.Length > 0)
            {
                found.Add($"certificate {i + 1}{(certificate is null ? "" : $" ({certificate.Subject})")} cannot be a trust anchor: {fault}");
                continue;
            }

            if (anchors.Exists(known => known.Is(certificate!)))
            {
                continue;
            }

            if (IssuerKey.TryImport(certificate!.PublicKey) is { } key)
            {
                anchors.Add(new(certificate, key));
            }
            else
            {
                found.Add($"certificate {i + 1} ({certificate.Subject}) cannot be a trust anchor: its key is not P-256, P-384 or RSA of 2048 to 4096 bits");
            }
        }

        if (certificates.Count == 0)
        {
            found.Add("there is no CA certificate");
        }

        problems = found;
        return found.Count == 0 ? new([.. anchors]) : null;
    }

    private static string Unfitness(Certificate certificate)
    {
        var extensions = certificate.Extensions;
        return !extensions.IsCa ? "it is not a CA (basicConstraints cA is not TRUE)"
            : extensions.KeyUsage is { } usage && !usage.HasFlag(KeyUsages.KeyCertSign) ? "its keyUsage lacks keyCertSign"
            : extensions.HasNameConstraints ? "name constraints are not available yet"
            : extensions.UnprocessedCritical is { } oid ? $"its critical extension {oid} is not known"
            : certificate.Subject.IsEmpty ? "it has no subject"
            : "";
    }
}
