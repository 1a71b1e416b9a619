namespace CoapBridge.Identity;

/// <summary>
/// Decides whether a chain of certificates is a device of the fleet (RFC 7252 §9.1.3.3, RFC 5280 §6 as profiled in this
/// room's README). Immutable but for what it remembers of verified signatures and of intermediates; any number of threads may ask at once. Proof that the peer holds the key
/// (CertificateVerify) is the handshake's part.
/// </summary>
public sealed partial class DeviceCertificatePolicy
{
    private readonly TrustAnchors _anchors;
    private readonly DevicePolicySettings _settings;
    private readonly HashSet<string> _reservedNames;
    private readonly List<SubjectPublicKey> _ownKeys = [];
    private readonly VerifiedPaths _verified = new();
    private readonly SharedIssuers _issuers = new();
    private readonly RevocationLists _revocationLists;

    /// <exception cref="ArgumentException">An own certificate is not one: the caller checks its configuration first.</exception>
    public DeviceCertificatePolicy(TrustAnchors anchors, DevicePolicySettings settings)
    {
        ArgumentNullException.ThrowIfNull(anchors);
        ArgumentNullException.ThrowIfNull(settings);
        _anchors = anchors;
        _settings = settings;
        _reservedNames = new(settings.ReservedNames, StringComparer.OrdinalIgnoreCase);
        _revocationLists = new(settings.RevocationLists, settings.StaleRevocationList, anchors);
        foreach (var der in settings.OwnCertificates)
        {
            var own = Certificate.TryParse(der.ToArray(), out var fault)
                ?? throw new ArgumentException($"own certificate: {fault}", nameof(settings));
            _ownKeys.Add(own.PublicKey);
            if (DeviceName.TryRead(own, settings.Name) is { } name)
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
        var warning = "";
        refusal ??= CertificatePath.Build(certificates, _anchors, out path)
            ?? CheckLeaf(leaf!)
            ?? path!.CheckIssuers(KeyPurposes.ClientAuth)
            ?? path.CheckValidity(time)
            ?? CheckName(leaf!, out name)
            ?? path.VerifySignatures(_verified)
            // What follows is told only to a certificate that a CA of ours really signed.
            ?? _revocationLists.Check(path.Certificates, time, out warning)
            ?? CheckReserved(leaf!, name!)
            ?? CheckLists(leaf!, name!);
        return refusal is null ? DeviceVerdict.Accept(Identify(path!, name!), leaf!, warning) : DeviceVerdict.Refuse(refusal, leaf);
    }

    /// <summary>
    /// Would a device that was accepted at <paramref name="earlier"/> be accepted at <paramref name="later"/> as well? False means that
    /// it must be asked again: its path has ended, or a revocation list has begun or ended in between.
    /// </summary>
    public bool StillAccepts(DeviceIdentity device, DateTimeOffset earlier, DateTimeOffset later)
    {
        ArgumentNullException.ThrowIfNull(device);
        return earlier <= later && later <= device.NotAfter && !_revocationLists.ChangeBetween(earlier, later);
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

    private Refusal? CheckName(Certificate leaf, out string? name) =>
        (name = DeviceName.TryRead(leaf, _settings.Name)) is not null ? null : new(RefusalReason.Name, DeviceName.Demand(_settings.Name));

    private Refusal? CheckReserved(Certificate leaf, string name)
    {
        if (_ownKeys.Exists(leaf.PublicKey.Equals))
        {
            return new(RefusalReason.ReservedName, "the gateway's own key is not a device");
        }

        // A dot at the end makes no other DNS name.
        return _reservedNames.Contains(name.TrimEnd('.')) ? new(RefusalReason.ReservedName, $"the name {name} is reserved") : null;
    }

    private Refusal? CheckLists(Certificate leaf, string name)
    {
        if (_settings.Denied?.Find(leaf, name) is { } entry)
        {
            return new(RefusalReason.Denied, $"{entry} is denied");
        }

        return _settings.Allowed is { } allowed && allowed.Find(leaf, name) is null
            ? new(RefusalReason.NotAllowed, $"{name} is not on the list of allowed devices")
            : null;
    }

    private DeviceIdentity Identify(CertificatePath path, string name)
    {
        var encoded = path.Encoded;
        return new(name, encoded[0], _issuers.Share([.. encoded[1..], path.Anchor]), path.NotAfter);
    }
}
