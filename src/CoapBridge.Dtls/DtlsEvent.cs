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
    public sealed record HandshakeCompleted(PeerVerdict Peer, bool ExtendedMasterSecret) : DtlsEvent;

    /// <summary>A master secret, as a line of the NSS key log; only with <see cref="DtlsSettings.TellsSecrets"/>.</summary>
    public sealed record SecretDerived(string KeyLogLine) : DtlsEvent;

    /// <summary>There will be no connection.</summary>
    /// <param name="Reason">A stable word.</param>
    /// <param name="Alert">The alert that was sent or received; null when there was none.</param>
    /// <param name="Peer">The verdict, when it is the reason.</param>
    public sealed record HandshakeFailed(string Reason, AlertDescription? Alert, PeerVerdict? Peer) : DtlsEvent;

    /// <summary>An established connection is over.</summary>
    public sealed record Closed(CloseReason Reason, AlertDescription? Alert) : DtlsEvent;
}
