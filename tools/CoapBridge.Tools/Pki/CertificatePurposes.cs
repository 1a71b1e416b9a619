namespace CoapBridge.Tools.Pki;

/// <summary>Identifiers for ExtendedKeyUsage (RFC 5280 §4.2.1.12).</summary>
public static class CertificatePurposes
{
    public const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    public const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    public const string Any = "2.5.29.37.0";
}
