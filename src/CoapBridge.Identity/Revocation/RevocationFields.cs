namespace CoapBridge.Identity;

/// <summary>What a revocation list says, signature aside.</summary>
internal sealed record RevocationFields(
    DistinguishedName Issuer, DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate, RevokedSerials Serials);
