using CoapBridge.Dtls;

namespace CoapBridge.Gateway;

/// <summary>Asks about the certificates of some live connections again, by the rules of a new generation.</summary>
internal sealed class JudgeWork(IPeerVerifier verifier, IReadOnlyList<DeviceLink> links) : ShardWork
{
    /// <summary>Links in one item, so about 10 ms of a thread.</summary>
    public const int MaximumLinks = 64;

    // Taken on the shard's own thread: the links are its alone.
    private readonly IReadOnlyList<byte[]>[] _chains = [.. links.Select(link => link.Device!.Chain)];

    public override ShardWorkResult Run(DateTimeOffset time) =>
        new JudgeWorkResult(verifier, links, [.. _chains.Select(chain => verifier.Verify(chain, time))]);

    /// <summary>Who cannot be judged is not known to be welcome.</summary>
    public override ShardWorkResult Fail(Exception error)
    {
        var refusal = PeerVerdict.Refuse(AlertDescription.InternalError, "internal_error", null, null, null, error?.Message);
        return new JudgeWorkResult(verifier, links, [.. links.Select(_ => refusal)]);
    }
}

/// <summary>Verdicts on live connections.</summary>
internal sealed class JudgeWorkResult(IPeerVerifier verifier, IReadOnlyList<DeviceLink> links, IReadOnlyList<PeerVerdict> verdicts) : ShardWorkResult
{
    /// <summary>By whose rules.</summary>
    public IPeerVerifier Verifier => verifier;

    public IReadOnlyList<DeviceLink> Links => links;

    /// <summary>One for each of the links.</summary>
    public IReadOnlyList<PeerVerdict> Verdicts => verdicts;
}
