namespace CoapBridge.Identity;

/// <summary>
/// Decides whether a chain of certificates is a device of the fleet (RFC 7252 §9.1.3.3, RFC 5280 §6 as profiled in this
/// room's README). Immutable but for what it remembers of
/// verified signatures and of intermediates; any number of threads may ask at once. Proof that the peer holds the key
/// (CertificateVerify) is the handshake's part.
/// </summary>
public sealed class DeviceCertificatePolicy
{
    private readonly TrustAnchors _anchors;
    private readonly DevicePolicySettings _settings;
    private readonly HashSet<string> _reservedNames;
    private readonly List<SubjectPublicKey> _ownKeys = [];
    private readonly VerifiedPaths _verified = new();
    private readonly SharedIssuers _issuers = new();

    /// <exception cref="ArgumentException">An own certificate is not one: the caller checks its configuration first.</exception>
    public DeviceCertificatePolicy(TrustAnchors anchors, DevicePolicySettings settings)
    {
        ArgumentNullException.ThrowIfNull(anchors);
        ArgumentNullException.ThrowIfNull(settings);
        _anchors = anchors;
        _settings = settings;
        _reservedNames = new(settings.ReservedNames, StringComparer.OrdinalIgnoreCase);
        foreach (var der in settings.OwnCertificates)
        {
            var own = Certificate.TryParse(der.ToArray(), out var fault)
                ?? throw new ArgumentException($"own certificate: {fault}", nameof(settings));
            _ownKeys.Add(own.PublicKey);
            if (DeviceName.TryRead(own.Subject) is { } name)
            {
                _reservedNames.Add(name);
            }
        }
    }

    /// <summary>
    /// The verdict on a peer's certificate_list, each certificate in DER, the leaf first, at <paramref name="time"/> (wall clock).
    /// Throws for nothing that a peer can send. The arrays must never change: an accepted device keeps those of its path.
    /// </summary>
    public DeviceVerdict Evaluate(IReadOnlyList<byte[]> chain, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(chain);
        var refusal = CertificatePath.Parse(chain, out var certificates);
        var leaf = certificates.FirstOrDefault();
        CertificatePath? path = null;
        string? name = null;
        refusal ??= CertificatePath.Build(certificates, _anchors, out path)
            ?? CheckLeaf(leaf!)
            ?? path!.CheckIssuers(KeyPurposes.ClientAuth)
            ?? path.CheckValidity(time)
            ?? CheckName(leaf!, out name)
            ?? path.VerifySignatures(_verified)
            // Which names are reserved is told only to a certificate that a CA of ours really signed.
            ?? CheckReserved(leaf!, name!);
        return refusal is null ? DeviceVerdict.Accept(Identify(path!, name!), leaf!) : DeviceVerdict.Refuse(refusal, leaf);
    }

    private Refusal? CheckLeaf(Certificate leaf)
    {
        var extensions = leaf.Extensions;
        if (extensions.IsCa)
        {
            return new(RefusalReason.IsCa, "a CA is not a device");
        }

        return LeafRules.Check(leaf)
            ?? LeafRules.CheckKeyUsage(extensions, _settings.KeyUsage)
            ?? LeafRules.CheckPurpose(extensions, KeyPurposes.ClientAuth, _settings.ExtendedKeyUsage);
    }

    private static Refusal? CheckName(Certificate leaf, out string? name) =>
        (name = DeviceName.TryRead(leaf.Subject)) is not null
            ? null
            : new(RefusalReason.Name, "the subject must have one CN of 1 to 64 letters, digits and . _ : - (no dot first)");

    private Refusal? CheckReserved(Certificate leaf, string name)
    {
        if (_ownKeys.Exists(leaf.PublicKey.Equals))
        {
            return new(RefusalReason.ReservedName, "the gateway's own key is not a device");
        }

        return _reservedNames.Contains(name) ? new(RefusalReason.ReservedName, $"the name {name} is reserved") : null;
    }

    private DeviceIdentity Identify(CertificatePath path, string name)
    {
        var encoded = path.Encoded;
        return new(name, encoded[0], _issuers.Share(encoded[1..]), path.NotAfter);
    }
}
