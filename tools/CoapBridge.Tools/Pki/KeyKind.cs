namespace CoapBridge.Tools.Pki;

/// <summary>The kinds of key that certificates can be issued for. Only P-256 is let in as a device.</summary>
public enum KeyKind
{
    P256,
    P384,
    Rsa2048,
    Rsa1024,
    Secp256k1,
}
