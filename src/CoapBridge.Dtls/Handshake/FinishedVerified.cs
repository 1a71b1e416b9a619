using System.Security.Cryptography;

namespace CoapBridge.Dtls.Handshake;

/// <summary>
/// Proof that the peer's Finished matched (RFC 5246 §7.4.9). Only the check makes one, and nothing but one completes a
/// handshake.
/// </summary>
internal sealed class FinishedVerified
{
    private FinishedVerified(PeerVerdict peer, bool extendedMasterSecret)
    {
        Peer = peer;
        ExtendedMasterSecret = extendedMasterSecret;
    }

    public PeerVerdict Peer { get; }

    public bool ExtendedMasterSecret { get; }

    public static FinishedVerified? Check(
        ReadOnlySpan<byte> expected, ReadOnlySpan<byte> received, PeerVerdict peer, bool extendedMasterSecret) =>
        CryptographicOperations.FixedTimeEquals(expected, received) ? new(peer, extendedMasterSecret) : null;
}
