using System.Runtime.InteropServices;

namespace CoapBridge.Identity;

/// <summary>
/// A path from a leaf to a trust anchor, made from the peer's list in the list's own order (RFC 5246 §7.4.2: each
/// certificate certifies the one before it), never fetched, never searched for: there is one path or none.
/// Everything cheap is asked first; signatures come last, at most <see cref="CertificateLimits.MaxDepth"/> of them.
/// </summary>
internal sealed class CertificatePath
{
    private readonly List<Certificate> _certificates;
    private List<TrustAnchor> _anchors;

    private CertificatePath(List<Certificate> certificates, List<TrustAnchor> anchors)
    {
        _certificates = certificates;
        _anchors = anchors;
    }

    public Certificate Leaf => _certificates[0];

    /// <summary>The leaf first, without the anchor.</summary>
    public IReadOnlyList<Certificate> Certificates => _certificates;

    /// <summary>The certificates of the path, the leaf first, without the anchor.</summary>
    public byte[][] Encoded => [.. _certificates.Select(OctetsOf)];

    /// <summary>The certificate of a CA that the path ends in.</summary>
    public byte[] Anchor => OctetsOf(_anchors[0].Certificate);

    /// <summary>When the first certificate of the path ends; the anchor does not count.</summary>
    public DateTimeOffset NotAfter => _certificates.Min(certificate => certificate.NotAfter);

    /// <summary>Parses a peer's list; refuses too much before looking at any of it (REQUIREMENTS 7.16, 10.15).</summary>
    public static Refusal? Parse(IReadOnlyList<byte[]> list, out List<Certificate> certificates)
    {
        certificates = [];
        if (list.Count == 0)
        {
            return new(RefusalReason.NoCertificate, "the peer sent no certificate");
        }

        if (list.Count > CertificateLimits.MaxListCount)
        {
            return new(RefusalReason.PathLength, $"{list.Count} certificates, at most {CertificateLimits.MaxListCount}");
        }

        var octets = list.Sum(certificate => (long)certificate.Length);
        if (octets > CertificateLimits.MaxListOctets)
        {
            return new(RefusalReason.Malformed, $"{octets} octets of certificates, at most {CertificateLimits.MaxListOctets}");
        }

        foreach (var der in list)
        {
            if (Certificate.TryParse(der, out var fault) is not { } certificate)
            {
                return new(RefusalReason.Malformed, $"certificate {certificates.Count + 1}: {fault}");
            }

            certificates.Add(certificate);
        }

        return null;
    }

    /// <summary>Follows the list from its leaf until an anchor is met by key, or the list ends below one (10.04).</summary>
    public static Refusal? Build(List<Certificate> list, TrustAnchors anchors, out CertificatePath? path)
    {
        path = null;
        var length = 1;
        List<TrustAnchor> ends = [];
        while (length < list.Count && list[length].Subject.Equals(list[length - 1].Issuer))
        {
            ends = [.. anchors.All.Where(anchor => anchor.Is(list[length]))];
            if (ends.Count > 0)
            {
                break; // the peer sent the anchor too
            }

            length++;
        }

        var top = list[length - 1];
        if (ends.Count == 0)
        {
            ends = [.. anchors.All.Where(anchor => anchor.Certificate.Subject.Equals(top.Issuer))];
        }

        if (ends.Count == 0)
        {
            return new(RefusalReason.UnknownCa, $"no configured CA has the name of the issuer {top.Issuer}");
        }

        if (length > CertificateLimits.MaxDepth)
        {
            return new(RefusalReason.PathLength, $"{length} certificates below the CA, at most {CertificateLimits.MaxDepth}");
        }

        path = new(list[..length], ends);
        return null;
    }

    /// <summary>
    /// Everything of RFC 5280 §6.1.4 but signatures: may each issuer issue, for this purpose, this deep, with these
    /// algorithms; and does no certificate demand what this room does not do. The leaf's own rules are its policy's.
    /// </summary>
    public Refusal? CheckIssuers(KeyPurposes purpose)
    {
        for (var i = 0; i < _certificates.Count; i++)
        {
            var refusal = CheckDemands(_certificates[i]) ?? CheckAlgorithm(i) ?? (i == 0 ? null : CheckIssuer(i, purpose));
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return CheckAnchors(purpose);
    }

    /// <summary>Both ends of each validity belong to it (RFC 5280 §4.1.2.5).</summary>
    public Refusal? CheckValidity(DateTimeOffset time)
    {
        foreach (var certificate in _certificates)
        {
            if (time < certificate.NotBefore)
            {
                return new(RefusalReason.NotYetValid,
                    $"{certificate.Subject} is valid from {certificate.NotBefore:u}, now is {time.ToUniversalTime():u}");
            }

            if (time > certificate.NotAfter)
            {
                return new(RefusalReason.Expired,
                    $"{certificate.Subject} was valid until {certificate.NotAfter:u}, now is {time.ToUniversalTime():u}");
            }
        }

        return null;
    }

    /// <summary>RFC 5280 §6.1.3 (a) (1). After <see cref="CheckIssuers"/>, which says what anchors are left.</summary>
    /// <param name="verified">What passed before, if that is remembered.</param>
    public Refusal? VerifySignatures(VerifiedPaths? verified = null)
    {
        var signatures = new PathSignatures(_certificates, _anchors);
        return verified is null ? signatures.Verify() : signatures.Verify(verified);
    }

    private static byte[] OctetsOf(Certificate certificate) =>
        MemoryMarshal.TryGetArray(certificate.Encoded, out var whole) && whole.Count == whole.Array!.Length
            ? whole.Array : certificate.Encoded.ToArray();

    private static Refusal? CheckDemands(Certificate certificate)
    {
        if (certificate.Extensions.UnprocessedCritical is { } oid)
        {
            return new(RefusalReason.CriticalExtension, $"{certificate.Subject} has the critical extension {oid}, which is not known");
        }

        return certificate.Extensions.HasNameConstraints
            ? new(RefusalReason.NameConstraint, $"{certificate.Subject} has name constraints, which are not available yet")
            : null;
    }

    // REQUIREMENTS 10.02: ecdsa-with-SHA256 on the leaf (RFC 7252 §9.1.3.3); above it also SHA-384 and RSA.
    private Refusal? CheckAlgorithm(int index)
    {
        var certificate = _certificates[index];
        var algorithm = certificate.SignatureAlgorithm;
        var issuerFits = index + 1 < _certificates.Count
            ? IssuerKey.Fits(_certificates[index + 1].PublicKey, algorithm)
            : _anchors.Exists(anchor => IssuerKey.Fits(anchor.Certificate.PublicKey, algorithm));
        return issuerFits && (index > 0 || algorithm == SignatureAlgorithm.EcdsaWithSha256)
            ? null
            : new(RefusalReason.SignatureAlgorithm, index == 0
                ? $"{certificate.Subject} must be signed with ecdsa-with-SHA256"
                : $"{certificate.Subject} must be signed with ECDSA or RSA and SHA-256 or SHA-384");
    }

    private Refusal? CheckIssuer(int index, KeyPurposes purpose)
    {
        var issuer = _certificates[index];
        var extensions = issuer.Extensions;
        if (extensions.BasicConstraints is not { IsCa: true, IsCritical: true }
            || (extensions.KeyUsage is { } usage && !usage.HasFlag(KeyUsages.KeyCertSign)))
        {
            // RFC 5280 §6.1.4 (k), (n); §4.2.1.9: a CA MUST mark basicConstraints critical.
            var why = extensions.BasicConstraints is not { IsCa: true } constraints ? "it is not a CA"
                : constraints.IsCritical ? "its keyUsage lacks keyCertSign" : "its basicConstraints are not critical";
            return new(RefusalReason.UnknownCa, $"{issuer.Subject} may not issue certificates: {why}");
        }

        if (!Permits(issuer, purpose))
        {
            return new(RefusalReason.ExtendedKeyUsage, $"the CA {issuer.Subject} may not issue for {purpose}");
        }

        return IsShortEnough(issuer, index) ? null : new(RefusalReason.PathLength, $"more CAs below {issuer.Subject} than it permits");
    }

    private Refusal? CheckAnchors(KeyPurposes purpose)
    {
        var permitting = _anchors.FindAll(anchor => Permits(anchor.Certificate, purpose));
        if (permitting.Count == 0)
        {
            return new(RefusalReason.ExtendedKeyUsage, $"the CA {_anchors[0].Certificate.Subject} may not issue for {purpose}");
        }

        _anchors = permitting.FindAll(anchor => IsShortEnough(anchor.Certificate, _certificates.Count));
        return _anchors.Count > 0
            ? null
            : new(RefusalReason.PathLength, $"more CAs below {permitting[0].Certificate.Subject} than it permits");
    }

    // REQUIREMENTS 10.11: extKeyUsage of a CA limits what its path is for; here anyExtendedKeyUsage is no limit.
    private static bool Permits(Certificate issuer, KeyPurposes purpose) =>
        issuer.Extensions.ExtendedKeyUsage is not { } purposes || purposes.HasFlag(KeyPurposes.Any) || purposes.HasFlag(purpose);

    // RFC 5280 §6.1.4 (l), (m): intermediates that are not self-issued count.
    private bool IsShortEnough(Certificate issuer, int index) =>
        issuer.Extensions.BasicConstraints?.PathLength is not { } limit
        || _certificates.Take(index).Skip(1).Count(certificate => !certificate.IsSelfIssued) <= limit;
}
