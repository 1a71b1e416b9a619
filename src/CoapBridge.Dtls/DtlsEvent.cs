using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls;

/// <summary>A turn in a connection's life.</summary>
public abstract record DtlsEvent
{
    private DtlsEvent()
    {
    }

    /// <summary>Both Finished messages are verified; application data may flow.</summary>
    /// <param name="Peer">The verdict on the peer's certificate.</param>
    /// <param name="ExtendedMasterSecret">Whether RFC 7627 was used.</param>
    public sealed record HandshakeCompleted(PeerVerdict Peer, bool ExtendedMasterSecret) : DtlsEvent
    {
        /// <summary>An abbreviated handshake (RFC 5246 §7.3).</summary>
        public bool IsResumed { get; init; }

        /// <summary>What a full handshake leaves to be kept for later; null when it cannot be resumed. Whoever takes it owns it.</summary>
        public DtlsSession? Session { get; init; }
    }

    /// <summary>A session must not be resumed again (RFC 5246 §7.2.2, DESIGN D-14). Comes before the event that it goes with.</summary>
    public sealed record SessionInvalidated(SessionId Id) : DtlsEvent;

    /// <summary>A master secret, as a line of the NSS key log; only with <see cref="DtlsSettings.TellsSecrets"/>.</summary>
    public sealed record SecretDerived(string KeyLogLine) : DtlsEvent;

    /// <summary>There will be no connection.</summary>
    /// <param name="Reason">A stable word.</param>
    /// <param name="Alert">The alert that was sent or received; null when there was none.</param>
    /// <param name="Peer">The verdict, when it is the reason.</param>
    public sealed record HandshakeFailed(string Reason, AlertDescription? Alert, PeerVerdict? Peer) : DtlsEvent;

    /// <summary>An established connection is over.</summary>
    /// <param name="Reason">By whom, or for what.</param>
    /// <param name="Alert">The alert that came, or the fatal one that is sent.</param>
    public sealed record Closed(CloseReason Reason, AlertDescription? Alert) : DtlsEvent;
}
