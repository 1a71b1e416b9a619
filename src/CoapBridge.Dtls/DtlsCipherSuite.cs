namespace CoapBridge.Dtls;

/// <summary>The suites that are spoken: ECDHE on secp256r1, ECDSA, AES-128 as an AEAD, SHA-256 (RFC 7251 §2, RFC 5289 §3.2).</summary>
public enum DtlsCipherSuite : ushort
{
    /// <summary>TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.</summary>
    EcdheEcdsaWithAes128GcmSha256 = 0xC02B,

    /// <summary>TLS_ECDHE_ECDSA_WITH_AES_128_CCM: a tag of 16 bytes.</summary>
    EcdheEcdsaWithAes128Ccm = 0xC0AC,

    /// <summary>TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8: mandatory for CoAP (RFC 7252 §9.1.3.3).</summary>
    EcdheEcdsaWithAes128Ccm8 = 0xC0AE,
}

/// <summary>What follows from a suite.</summary>
public static class DtlsCipherSuites
{
    /// <summary>The name in the IANA registry.</summary>
    public static string ToIanaName(this DtlsCipherSuite suite) => suite switch
    {
        DtlsCipherSuite.EcdheEcdsaWithAes128GcmSha256 => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        DtlsCipherSuite.EcdheEcdsaWithAes128Ccm => "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
        _ => "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
    };

    internal static int TagLength(this DtlsCipherSuite suite) => suite == DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8 ? 8 : 16;

    internal static bool IsGcm(this DtlsCipherSuite suite) => suite == DtlsCipherSuite.EcdheEcdsaWithAes128GcmSha256;
}
