using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake;

/// <summary>What a handshake comes to, if its last Finished is right.</summary>
/// <param name="Peer">Who the peer is.</param>
/// <param name="ExtendedMasterSecret">Whether RFC 7627 was used.</param>
/// <param name="SessionId">The session that the connection belongs to; null when it cannot be resumed.</param>
/// <param name="NewSession">What a full handshake leaves to be kept; null otherwise.</param>
internal sealed record Agreement(PeerVerdict Peer, bool ExtendedMasterSecret, SessionId? SessionId, DtlsSession? NewSession)
{
    public bool IsResumed => SessionId is not null && NewSession is null;

    public static Agreement Full(PeerVerdict peer, bool extendedMasterSecret, DtlsSession? session) =>
        new(peer, extendedMasterSecret, session?.Id, session);

    /// <summary>Only sessions with extended master secret exist.</summary>
    public static Agreement Resumed(PeerVerdict peer, SessionId session) => new(peer, ExtendedMasterSecret: true, session, null);
}
