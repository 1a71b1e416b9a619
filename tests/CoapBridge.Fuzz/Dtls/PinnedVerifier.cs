using CoapBridge.Dtls;

namespace CoapBridge.Fuzz.Dtls;

/// <summary>Knows one certificate.</summary>
internal sealed class PinnedVerifier(FixedParty party) : IPeerVerifier
{
    public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time) =>
        chain[0].AsSpan().SequenceEqual(party.Certificate)
            ? PeerVerdict.Accept(party.Point, "peer", "CN=peer", "CN=ca")
            : PeerVerdict.Refuse(AlertDescription.UnknownCa, "unknown_ca", null, null, null);
}
