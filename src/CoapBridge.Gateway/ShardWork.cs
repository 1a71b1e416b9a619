using CoapBridge.Dtls;

namespace CoapBridge.Gateway;

/// <summary>A <see cref="DtlsWork"/> and whose it is. Pure: runs on any thread.</summary>
public sealed class ShardWork
{
    private readonly DtlsWork _work;

    internal ShardWork(DeviceLink link, DtlsWork work)
    {
        Link = link;
        _work = work;
    }

    internal DeviceLink Link { get; }

    /// <param name="time">The time of day.</param>
    public ShardWorkResult Run(DateTimeOffset time) => new(Link, _work.Run(time));

    /// <summary>The result of work that could not be done: the handshake that waits for it ends.</summary>
    public ShardWorkResult Fail(Exception error) => new(Link, _work.Fail(error));
}

/// <summary>What <see cref="ShardWork"/> found; goes back to the shard that it came from.</summary>
public sealed class ShardWorkResult
{
    internal ShardWorkResult(DeviceLink link, DtlsWorkResult result)
    {
        Link = link;
        Result = result;
    }

    internal DeviceLink Link { get; }

    internal DtlsWorkResult Result { get; }
}
