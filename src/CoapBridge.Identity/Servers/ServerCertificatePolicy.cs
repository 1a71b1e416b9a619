namespace CoapBridge.Identity;

/// <summary>
/// Decides, for our DTLS client, whether a chain is the server that was asked for: path to an anchor, digitalSignature
/// and serverAuth where the extensions are there, and the name (RFC 9525). Immutable; for any number of threads.
/// </summary>
public sealed class ServerCertificatePolicy(TrustAnchors anchors, ServerName name)
{
    /// <summary>The verdict on a server's certificate_list, the leaf first, at <paramref name="time"/> (wall clock).</summary>
    public ServerVerdict Evaluate(IReadOnlyList<byte[]> chain, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(chain);
        var refusal = CertificatePath.Parse(chain, out var certificates);
        var leaf = certificates.FirstOrDefault();
        CertificatePath? path = null;
        refusal ??= CertificatePath.Build(certificates, anchors, out path)
            ?? CheckLeaf(leaf!)
            ?? path!.CheckIssuers(KeyPurposes.ServerAuth)
            ?? path.CheckValidity(time)
            ?? path.VerifySignatures()
            ?? CheckName(leaf!);
        return refusal is null ? new(leaf!.PublicKey.Key.ToArray()) : new(refusal);
    }

    private static Refusal? CheckLeaf(Certificate leaf) =>
        leaf.Extensions.IsCa
            ? new(RefusalReason.IsCa, "a CA is not a server")
            : LeafRules.Check(leaf)
                ?? LeafRules.CheckKeyUsage(leaf.Extensions, ExtensionDemand.IfPresent)
                ?? LeafRules.CheckPurpose(leaf.Extensions, KeyPurposes.ServerAuth, ExtensionDemand.IfPresent);

    private Refusal? CheckName(Certificate leaf) =>
        leaf.Extensions.SubjectAltName is { } names && name.Matches(names)
            ? null
            : new(RefusalReason.Name, $"no subjectAltName of {leaf.Subject} is {name}");
}
