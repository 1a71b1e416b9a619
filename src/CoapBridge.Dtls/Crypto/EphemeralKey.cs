namespace CoapBridge.Dtls.Crypto;

/// <summary>One side's ECDHE key on secp256r1: made for one handshake, used once (RFC 8422 §5.10, §5.11).</summary>
internal abstract class EphemeralKey : IDisposable
{
    /// <summary>65 bytes: 0x04, x, y.</summary>
    public abstract byte[] PublicPoint { get; }

    /// <summary>The settings' own key where they make one, else one of the chosen library.</summary>
    public static EphemeralKey Create(DtlsSettings settings) =>
        settings.CreateEphemeralKey is { } create ? new PlatformEphemeralKey(create()) : P256.Chosen.CreateEphemeralKey();

    /// <summary>The x coordinate, 32 bytes with leading zeros kept; null when the peer's point is not on the curve.</summary>
    public abstract byte[]? Agree(ReadOnlySpan<byte> peerPoint);

    public abstract void Dispose();
}
