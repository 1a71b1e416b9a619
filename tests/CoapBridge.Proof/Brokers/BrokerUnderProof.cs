using CoapBridge.Proof.Judging;

namespace CoapBridge.Proof.Brokers;

/// <summary>The broker behind the proxy, as the faults see it.</summary>
internal abstract class BrokerUnderProof : IAsyncDisposable
{
    public required int Port { get; init; }

    public abstract Task StartAsync();

    /// <summary>Ends it as hard as it bears: kill -9 where it records before it acknowledges, else SIGTERM.</summary>
    public abstract Task EndAsync();

    /// <summary>For a broker that can do wrong by order.</summary>
    public virtual Task TellAsync(string order) => throw new NotSupportedException();

    /// <summary>What it took so far, in order.</summary>
    public abstract List<Arrival> Collect();

    public abstract ValueTask DisposeAsync();
}
