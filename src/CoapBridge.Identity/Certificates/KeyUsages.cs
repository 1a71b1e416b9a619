namespace CoapBridge.Identity;

/// <summary>KeyUsage, RFC 5280 §4.2.1.3; bit n of the RFC is bit n here.</summary>
[Flags]
internal enum KeyUsages
{
    None = 0,
    DigitalSignature = 1 << 0,
    KeyCertSign = 1 << 5,
    CrlSign = 1 << 6,
}

/// <summary>The purposes of extKeyUsage that this room knows, RFC 5280 §4.2.1.12; others leave no trace.</summary>
[Flags]
internal enum KeyPurposes
{
    None = 0,
    ServerAuth = 1,
    ClientAuth = 2,
    Any = 4,
}
