namespace CoapBridge.Identity;

/// <summary>How serious a finding is: fine, works but should be looked at, does not work.</summary>
public enum FindingLevel
{
    Good,
    Warning,
    Problem,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Level">How serious.</param>
/// <param name="Text">A sentence for the operator.</param>
/// <param name="Remedy">What to do about it; null when there is nothing to do.</param>
public sealed record Finding(FindingLevel Level, string Text, string? Remedy = null);

/// <summary>
/// Looks at the gateway's own certificate before it is used: for the devices it is a server, for the broker a client
/// (PRODUCT.md, <c>check</c>). Reports everything it finds, not only the first problem.
/// </summary>
public static class OwnCertificateCheck
{
    private const string Renew = "have it issued again and put it at Identity:Certificate; a gateway that is running takes it up by itself";

    /// <param name="chain">The gateway's certificates in DER, leaf first.</param>
    /// <param name="cloudCa">The anchors that the devices share with the gateway.</param>
    /// <param name="publicKeyPoint">The public key of the private key: 65 octets, 0x04 first; or empty when it is not P-256.</param>
    /// <param name="time">The wall clock.</param>
    public static IReadOnlyList<Finding> Examine(
        IReadOnlyList<byte[]> chain, TrustAnchors cloudCa, ReadOnlySpan<byte> publicKeyPoint, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(cloudCa);
        if (CertificatePath.Parse(chain, out var certificates) is { } malformed)
        {
            return [new(FindingLevel.Problem, $"the gateway's certificate cannot be used: {malformed.Detail}")];
        }

        var leaf = certificates[0];
        var extensions = leaf.Extensions;
        return
        [
            Judge(extensions.IsCa ? new(RefusalReason.IsCa, "it is a CA") : LeafRules.Check(leaf), "a P-256 key"),
            leaf.PublicKey.Key.Span.SequenceEqual(publicKeyPoint)
                ? new(FindingLevel.Good, "the private key belongs to the certificate")
                : new(
                    FindingLevel.Problem, "the private key does not belong to the certificate",
                    "put the key that the certificate was requested with at Identity:PrivateKey"),
            ExamineDates(leaf, time),
            ExamineKeyUsage(extensions),
            ExamineExtendedKeyUsage(extensions),
            extensions.SubjectAltName is { DnsNames.Count: > 0 } or { IpAddresses.Count: > 0 }
                ? new(FindingLevel.Good, "subjectAltName names the gateway")
                : new(
                    FindingLevel.Warning, "there is no name in subjectAltName: devices that check the gateway's name will refuse it",
                    "have it issued again with the gateway's DNS name or address as subjectAltName"),
            ExaminePath(certificates, cloudCa, time),
        ];
    }

    private static Finding ExamineDates(Certificate leaf, DateTimeOffset time) =>
        time < leaf.NotBefore ? new(FindingLevel.Problem, $"valid only from {leaf.NotBefore:u}; is the clock right?", "set the clock, or wait until then")
        : time > leaf.NotAfter ? new(FindingLevel.Problem, $"expired at {leaf.NotAfter:u}", Renew)
        : leaf.NotAfter - time < TimeSpan.FromDays(30) ? new(FindingLevel.Warning, $"expires at {leaf.NotAfter:u}, in less than 30 days", Renew)
        : new(FindingLevel.Good, $"valid until {leaf.NotAfter:u}");

    private static Finding ExamineKeyUsage(CertificateExtensions extensions) => extensions.KeyUsage switch
    {
        null => new(FindingLevel.Warning, "there is no keyUsage: peers that require digitalSignature will refuse it", Renew),
        { } usage when usage.HasFlag(KeyUsages.DigitalSignature) => new(FindingLevel.Good, "keyUsage has digitalSignature"),
        _ => new(FindingLevel.Problem, "keyUsage lacks digitalSignature", Renew),
    };

    private static Finding ExamineExtendedKeyUsage(CertificateExtensions extensions) => extensions.ExtendedKeyUsage switch
    {
        null => new(FindingLevel.Good, "there is no extKeyUsage: any purpose"),
        { } purposes when !purposes.HasFlag(KeyPurposes.ServerAuth) =>
            new(FindingLevel.Problem, "extKeyUsage lacks serverAuth: devices will refuse it", Renew),
        { } purposes when !purposes.HasFlag(KeyPurposes.ClientAuth) =>
            new(FindingLevel.Problem, "extKeyUsage lacks clientAuth: the broker will refuse it", Renew),
        _ => new(FindingLevel.Good, "extKeyUsage has serverAuth and clientAuth"),
    };

    // The purposes and the dates of the leaf were looked at above; here a CA that limits or ends them is found, too.
    private static Finding ExaminePath(List<Certificate> certificates, TrustAnchors cloudCa, DateTimeOffset time)
    {
        var refusal = CertificatePath.Build(certificates, cloudCa, out var path)
            ?? path!.CheckIssuers(KeyPurposes.ServerAuth)
            ?? path.CheckIssuers(KeyPurposes.ClientAuth)
            ?? (certificates[0].NotBefore <= time && time <= certificates[0].NotAfter ? path.CheckValidity(time) : null)
            ?? path.VerifySignatures();
        return refusal?.Reason == RefusalReason.UnknownCa
            ? new(
                FindingLevel.Problem, $"not from a CA of the devices: {refusal.Detail} ({refusal.Reason.ToWord()})",
                "have it issued by the CA in Identity:CloudCa, with its intermediates after it in Identity:Certificate; or, if that file holds the wrong CA, put the devices' there")
            : Judge(refusal, "a path to the cloud CA");
    }

    private static Finding Judge(Refusal? refusal, string text) => refusal is null
        ? new(FindingLevel.Good, text)
        : new(FindingLevel.Problem, $"not {text}: {refusal.Detail} ({refusal.Reason.ToWord()})", Renew);
}
