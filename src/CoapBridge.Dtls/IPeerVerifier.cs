namespace CoapBridge.Dtls;

/// <summary>Decides whether a peer's certificates are good enough. Called on work threads, several at once.</summary>
public interface IPeerVerifier
{
    /// <param name="chain">The certificates as sent: DER, leaf first, at least one, 8 KiB in all at most. Nothing about them was checked.</param>
    /// <param name="time">The time of day.</param>
    PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time);
}
