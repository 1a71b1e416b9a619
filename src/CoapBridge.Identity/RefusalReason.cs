namespace CoapBridge.Identity;

/// <summary>
/// Why a peer was not let in: exactly the reasons that logs, counters and alerts know (PRODUCT.md, "Handshake refusals").
/// The first four and <see cref="CertificateVerify"/> are found by the handshake, the others by this room.
/// </summary>
public enum RefusalReason
{
    NoCertificate,
    NoCommonSuite,
    NoP256,
    SignatureAlgorithms,
    UnknownCa,
    Expired,
    NotYetValid,
    Revoked,
    StaleRevocationList,
    KeyUsage,
    ExtendedKeyUsage,
    IsCa,
    KeyType,
    SignatureAlgorithm,
    Malformed,
    CriticalExtension,
    PathLength,
    NameConstraint,
    BadSignature,
    Name,
    ReservedName,
    Denied,
    NotAllowed,
    CertificateVerify,
}
