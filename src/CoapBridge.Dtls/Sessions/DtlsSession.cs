using System.Security.Cryptography;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Handshake.States;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Sessions;

/// <summary>
/// What a later handshake needs to go on with the same master secret (RFC 5246 §7.3, §F.1.4). Only handshakes with
/// extended master secret leave one (RFC 7627 §5.3). It has one owner at a time; a look-up copies its secret.
/// </summary>
public sealed class DtlsSession
{
    private readonly byte[] _masterSecret;

    private DtlsSession(SessionId id, byte[] masterSecret, DtlsCipherSuite suite, string? serverName, VerifiedPeer peer, Instant created)
    {
        Id = id;
        _masterSecret = masterSecret;
        Suite = suite;
        ServerName = serverName;
        Peer = peer.Verdict;
        Chain = peer.Chain;
        Created = created;
    }

    public SessionId Id { get; }

    /// <summary>The verdict of the full handshake; a server asks again before it resumes (DESIGN D-14).</summary>
    public PeerVerdict Peer { get; }

    /// <summary>When the full handshake ended; resuming does not make a session younger.</summary>
    public Instant Created { get; }

    /// <summary>The secret is gone: it can be resumed no more.</summary>
    public bool IsErased { get; private set; }

    /// <summary>Bytes of the certificates that are kept with it.</summary>
    public int ChainLength => Chain.Sum(certificate => certificate.Length);

    internal DtlsCipherSuite Suite { get; }

    /// <summary>The SNI name of the full handshake (RFC 6066 §3).</summary>
    internal string? ServerName { get; }

    internal IReadOnlyList<byte[]> Chain { get; }

    /// <summary>Its owner lets it go.</summary>
    public void Erase()
    {
        CryptographicOperations.ZeroMemory(_masterSecret);
        IsErased = true;
    }

    /// <summary>Null when the handshake is not one that may be resumed.</summary>
    internal static DtlsSession? Of(Negotiated negotiated, KeySchedule schedule, VerifiedPeer peer, Instant now) =>
        negotiated is { SessionId: { } id, Extensions.ExtendedMasterSecret: true }
            ? new DtlsSession(id, schedule.CopyMasterSecret(), negotiated.Suite, negotiated.ServerName, peer, now)
            : null;

    /// <summary>A copy of the secret, which erasing this session does not touch; null when there is none any more.</summary>
    internal KeySchedule? CopySchedule() => IsErased ? null : KeySchedule.Restore(_masterSecret);
}
