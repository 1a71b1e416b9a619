using CoapBridge.Reload;
using CoapBridge.Shards;

namespace CoapBridge.Upstream;

/// <summary>
/// The one owner of the way to the cloud's broker, whichever protocol that speaks. Shards, the command desk and the outbox leave
/// what is for the broker in its inbox, and get what comes back in theirs.
/// </summary>
internal interface IUpstream : IAsyncDisposable
{
    /// <summary>Where owners leave what is for the broker.</summary>
    UpstreamInbox Inbox { get; }

    /// <summary>Ends with an exception when there is a bug of ours.</summary>
    Task Running { get; }

    /// <summary>Messages of QoS 0 that an owner did not get because it was behind.</summary>
    long DroppedDeliveries { get; }

    void Start(ShardGroup shards);

    /// <summary>Another certificate, or other anchors: the connection is made anew with them. From any thread.</summary>
    void Renew(LoadedFiles files);

    /// <summary>Waits for what is open, then leaves the broker.</summary>
    Task DrainAsync(TimeSpan limit);
}
