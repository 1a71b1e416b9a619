namespace CoapBridge.Dtls;

/// <summary>Decides whether a peer's certificates are good enough. Called on work threads, several at once.</summary>
public interface IPeerVerifier
{
    /// <param name="chain">The certificates as sent: DER, leaf first, at least one, 8 KiB in all at most. Nothing about them was checked.</param>
    /// <param name="time">The time of day.</param>
    PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time);

    /// <summary>
    /// Whether nothing about an earlier acceptance can have changed (DESIGN D-14); if it can, the peer is judged anew. No more than
    /// a look: asked on any thread, a shard's own too.
    /// </summary>
    /// <param name="earlier">Its own verdict, or another verifier's.</param>
    /// <param name="time">The time of day.</param>
    bool StillAccepts(PeerVerdict earlier, DateTimeOffset time) => false;
}
