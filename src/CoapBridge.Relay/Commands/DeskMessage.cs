using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>What a shard tells or asks the command desk.</summary>
/// <param name="Device">Whom it is about.</param>
public abstract record DeskMessage(string Device)
{
    /// <summary>False for a question, which may be lost: its request then ends by its time-out.</summary>
    public virtual bool MustArrive => true;

    /// <summary>A connection of the device began; it may have commands.</summary>
    public sealed record Connected(string Device, string Filter) : DeskMessage(Device);

    /// <summary>A connection of the device that the desk was told of is over.</summary>
    public sealed record Disconnected(string Device) : DeskMessage(Device);

    /// <summary>The oldest command, or the first one to come in time; answered by ticket.</summary>
    /// <param name="Device">Who asks.</param>
    /// <param name="Shard">Where the answer goes.</param>
    /// <param name="Ticket">Of the open request.</param>
    /// <param name="Until">When to answer that there is none; at once if that is not later than now.</param>
    public sealed record Ask(string Device, int Shard, ulong Ticket, Instant Until) : DeskMessage(Device)
    {
        /// <summary>
        /// Until the broker has the device's subscription there is no answer that there is none, but not for longer than this: a cloud
        /// may send a command as soon as the device has heard us. The past: it is not waited for.
        /// </summary>
        public Instant SubscribedBy { get; init; }

        public override bool MustArrive => false;
    }

    /// <summary>The command of this id, waiting or taken; answered by ticket.</summary>
    public sealed record Find(string Device, int Shard, ulong Ticket, string Id) : DeskMessage(Device)
    {
        public override bool MustArrive => false;
    }

    /// <summary>A connection wants to be told each command; the newest that does is.</summary>
    public sealed record Observe(string Device, int Shard, ulong Observer) : DeskMessage(Device);

    /// <summary>It does not want to any more.</summary>
    public sealed record Unobserve(string Device, int Shard, ulong Observer) : DeskMessage(Device);

    /// <summary>The device has the command.</summary>
    public sealed record Taken(string Device, string Id) : DeskMessage(Device);

    /// <summary>The device's reply has reached the broker.</summary>
    public sealed record Replied(string Device, string Id) : DeskMessage(Device);
}
