namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>Hash and signature algorithm in one number (RFC 5246 §7.4.1.4.1).</summary>
internal static class SignatureScheme
{
    public const ushort EcdsaSecp256r1Sha256 = 0x0403;
}
