using CoapBridge.Dtls;
using CoapBridge.Tools.Device;

namespace CoapBridge.Tools.Load;

/// <summary>Judges the gateway's certificate once, and again only when it is another one: the load generator's time is for the gateway.</summary>
internal sealed class KnownGateway(GatewayTrust trust) : IPeerVerifier
{
    private Judged? _last;

    /// <summary>Why it was refused the last time; null when it was not.</summary>
    public string? Refusal { get; private set; }

    public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time)
    {
        if (Volatile.Read(ref _last) is { } last && last.Chain.Count == chain.Count && last.Chain.Zip(chain).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
        {
            return last.Verdict;
        }

        var verifier = trust.CreateVerifier();
        var verdict = verifier.Verify(chain, time);
        Refusal = verifier.Refusal;
        if (verdict.IsAccepted)
        {
            Volatile.Write(ref _last, new Judged(chain, verdict));
        }

        return verdict;
    }

    private sealed record Judged(IReadOnlyList<byte[]> Chain, PeerVerdict Verdict);
}
