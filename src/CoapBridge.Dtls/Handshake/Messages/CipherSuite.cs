namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>The suite we speak (RFC 7251 §2) and the signalling value of RFC 5746 §3.3.</summary>
internal static class CipherSuite
{
    public const ushort EcdheEcdsaWithAes128Ccm8 = 0xC0AE;
    public const ushort EmptyRenegotiationInfoScsv = 0x00FF;
}

/// <summary>Hash and signature algorithm in one number (RFC 5246 §7.4.1.4.1).</summary>
internal static class SignatureScheme
{
    public const ushort EcdsaSecp256r1Sha256 = 0x0403;
}

/// <summary>RFC 8422 §5.1.1.</summary>
internal static class NamedGroup
{
    public const ushort Secp256r1 = 23;
}
