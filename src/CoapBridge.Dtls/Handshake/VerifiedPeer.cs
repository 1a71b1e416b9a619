namespace CoapBridge.Dtls.Handshake;

/// <summary>An accepted peer and the certificates it showed.</summary>
internal sealed record VerifiedPeer(PeerVerdict Verdict, IReadOnlyList<byte[]> Chain);
