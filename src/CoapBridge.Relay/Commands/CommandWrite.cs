using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>A change that the command desk's file must take over, in order.</summary>
public abstract record CommandWrite(string Device)
{
    /// <summary>A new command; the desk hears when it is on disk.</summary>
    public sealed record Add(Command Command, ulong Ticket) : CommandWrite(Command.Device);

    /// <summary>The device has it; until then it may reply.</summary>
    public sealed record Take(string Device, string Id, Instant Ends) : CommandWrite(Device);

    /// <summary>It was replied to, or has expired.</summary>
    public sealed record Remove(string Device, string Id) : CommandWrite(Device);

    /// <summary>The device's commands are subscribed to.</summary>
    public sealed record Subscribe(string Device, string Filter) : CommandWrite(Device);

    /// <summary>They are not any more.</summary>
    public sealed record Unsubscribe(string Device) : CommandWrite(Device);
}
