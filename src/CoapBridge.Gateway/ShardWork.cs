namespace CoapBridge.Gateway;

/// <summary>Asymmetric cryptography of a shard. Pure: runs on any thread, once.</summary>
public abstract class ShardWork
{
    private protected ShardWork()
    {
    }

    /// <param name="time">The time of day.</param>
    public abstract ShardWorkResult Run(DateTimeOffset time);

    /// <summary>The result of work that could not be done: what waits for it ends.</summary>
    public abstract ShardWorkResult Fail(Exception error);
}

/// <summary>What <see cref="ShardWork"/> found; goes back to the shard that it came from.</summary>
public abstract class ShardWorkResult
{
    private protected ShardWorkResult()
    {
    }
}
