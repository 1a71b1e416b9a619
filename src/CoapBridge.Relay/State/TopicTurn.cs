namespace CoapBridge.Relay;

/// <summary>Whether a shard may change a topic now.</summary>
internal enum TopicTurn : byte
{
    /// <summary>It has not asked.</summary>
    None,

    /// <summary>Other shards come before it.</summary>
    Asked,

    /// <summary>It may, until it says that it is done.</summary>
    Held,
}
