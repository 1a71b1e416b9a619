namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>The suite we speak (RFC 7251 §2) and the signalling value of RFC 5746 §3.3.</summary>
internal static class CipherSuite
{
    public const ushort EcdheEcdsaWithAes128Ccm8 = 0xC0AE;
    public const ushort EmptyRenegotiationInfoScsv = 0x00FF;
}
