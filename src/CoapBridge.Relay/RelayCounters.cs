namespace CoapBridge.Relay;

/// <summary>What a relay counts; written by its shard, read by anybody.</summary>
public sealed class RelayCounters
{
    /// <summary>Answers of the cloud to calls that had ended, or that nobody made.</summary>
    public long LateAnswers { get; internal set; }

    /// <summary>Responses of devices to commands that the broker did not take.</summary>
    public long LostReplies { get; internal set; }
}
