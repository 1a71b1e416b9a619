namespace CoapBridge.Identity;

/// <summary>
/// The signatures of a path, the dearest part of it: verified last, from the anchor down, so that no key is used before it was vouched
/// for, and at most <see cref="CertificateLimits.MaxDepth"/> of them.
/// </summary>
internal sealed class PathSignatures(List<Certificate> certificates, List<TrustAnchor> anchors)
{
    /// <summary>As <see cref="Verify()"/>, but not again for a path, or for the issuers of one, that has passed before.</summary>
    public Refusal? Verify(VerifiedPaths verified)
    {
        var digest = VerifiedPaths.DigestOf(certificates);
        if (verified.Contains(digest))
        {
            return null;
        }

        var refusal = certificates.Count == 1 ? VerifyTop() : VerifyBelow(verified);
        if (refusal is null)
        {
            verified.Add(digest);
        }

        return refusal;
    }

    /// <summary>From the anchor down, so that no key is used before it was vouched for.</summary>
    public Refusal? Verify()
    {
        if (certificates.Count == 1)
        {
            return VerifyTop();
        }

        var refusal = VerifyIssuers(out var issuer);
        using (issuer)
        {
            return refusal ?? CheckSigned(0, issuer!);
        }
    }

    private Refusal? VerifyBelow(VerifiedPaths verified)
    {
        // Of all the devices of one intermediate only their own signatures are new.
        var issuers = VerifiedPaths.DigestOf(certificates[1..]);
        var issuer = verified.FindIssuer(issuers);
        if (issuer is null)
        {
            if (VerifyIssuers(out issuer) is { } refusal)
            {
                return refusal;
            }

            verified.AddIssuer(issuers, issuer!);
        }

        return CheckSigned(0, issuer!);
    }

    /// <summary>All signatures but the leaf's; <paramref name="issuer"/> is then the key that must have made that.</summary>
    private Refusal? VerifyIssuers(out IssuerKey? issuer)
    {
        issuer = null;
        var refusal = VerifyTop();
        for (var i = certificates.Count - 1; i > 0 && refusal is null; i--)
        {
            refusal = issuer is null ? null : CheckSigned(i, issuer);
            issuer?.Dispose();
            issuer = refusal is null ? IssuerKey.TryImport(certificates[i].PublicKey) : null;
            if (refusal is null && issuer is null)
            {
                refusal = new(RefusalReason.KeyType,
                    $"the key of the issuer {certificates[i].Subject} is not P-256, P-384 or RSA of 2048 to 4096 bits");
            }
        }

        return refusal;
    }

    private Refusal? VerifyTop()
    {
        var budget = CertificateLimits.MaxDepth - (certificates.Count - 1);
        var top = certificates[^1];
        // RFC 5280 §4.2.1.1: the key identifier says which of several keys of one name to try first. It is a hint.
        var ordered = anchors.OrderBy(anchor => Names(top, anchor) ? 0 : 1).Take(budget);
        return ordered.Any(anchor => anchor.Key.HasSigned(top)) ? null
            : top.Extensions.AuthorityKeyIdentifier is null || anchors.Any(anchor => Names(top, anchor))
                ? new(RefusalReason.BadSignature, $"the CA's signature on {top.Subject} does not verify")
                : new(RefusalReason.UnknownCa, $"{top.Subject} is from a CA with the right name and another key");
    }

    private Refusal? CheckSigned(int index, IssuerKey issuer) => issuer.HasSigned(certificates[index])
        ? null
        : new(RefusalReason.BadSignature, $"the signature of {certificates[index + 1].Subject} on {certificates[index].Subject} does not verify");

    private static bool Names(Certificate certificate, TrustAnchor anchor) =>
        certificate.Extensions.AuthorityKeyIdentifier is { } wanted
        && anchor.Certificate.Extensions.SubjectKeyIdentifier is { } has && wanted.Span.SequenceEqual(has.Span);
}
