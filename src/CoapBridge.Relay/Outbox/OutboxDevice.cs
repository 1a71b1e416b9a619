using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>One device's messages: what is in memory, and how much is on disk behind or before it.</summary>
internal sealed class OutboxDevice(string name)
{
    public string Name => name;

    /// <summary>On its way to the broker; one at a time, or a refusal of one would let the next overtake it.</summary>
    public OutboxEntry? Flight { get; set; }

    /// <summary>In memory behind it; empty as soon as anything is on disk.</summary>
    public Queue<OutboxEntry> Waiting { get; } = new();

    /// <summary>Given to the disk, which has not answered.</summary>
    public int Writing { get; set; }

    /// <summary>On disk.</summary>
    public long Stored { get; set; }

    /// <summary>The largest id that was read.</summary>
    public long LastRead { get; set; }

    /// <summary>The disk was asked for the next.</summary>
    public bool IsReading { get; set; }

    /// <summary>It waits for its place in the window.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Not before then; null: at once.</summary>
    public Instant? BlockedUntil { get; set; }

    /// <summary>Of the broker, one after the other, for one message.</summary>
    public int Refusals { get; set; }

    public bool IsOnDisk => Stored > 0 || Writing > 0;

    public bool IsIdle => Flight is null && Waiting.Count == 0 && !IsOnDisk && !IsReading && !IsQueued && BlockedUntil is null;
}
