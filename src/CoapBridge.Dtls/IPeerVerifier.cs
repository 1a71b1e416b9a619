namespace CoapBridge.Dtls;

/// <summary>Decides whether a peer's certificates are good enough. Called on work threads, several at once.</summary>
public interface IPeerVerifier
{
    /// <param name="chain">The certificates as sent: DER, leaf first, at least one, 8 KiB in all at most. Nothing about them was checked.</param>
    /// <param name="time">The time of day.</param>
    PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time);

    /// <summary>
    /// Judges once more, by the rules of today, a peer that was accepted before and resumes its session. A verifier may leave
    /// out what cannot have changed since.
    /// </summary>
    /// <param name="earlier">Its own verdict on the same certificates.</param>
    /// <param name="chain">See <see cref="Verify"/>.</param>
    /// <param name="time">The time of day.</param>
    PeerVerdict VerifyAgain(PeerVerdict earlier, IReadOnlyList<byte[]> chain, DateTimeOffset time) => Verify(chain, time);
}
