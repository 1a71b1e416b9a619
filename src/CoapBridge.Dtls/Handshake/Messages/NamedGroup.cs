namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>RFC 8422 §5.1.1.</summary>
internal static class NamedGroup
{
    public const ushort Secp256r1 = 23;
}
