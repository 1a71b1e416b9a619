using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>A message that is in memory: nobody has answered for it yet, or it is on its way to the broker.</summary>
public sealed class OutboxEntry
{
    /// <summary>What one costs on disk beside its texts and payload.</summary>
    private const int Overhead = 128;

    /// <summary>The bits of an id below the milliseconds.</summary>
    private const int IdBits = 20;

    internal OutboxEntry(string device, ApplicationMessage message, long size)
    {
        Device = device;
        Message = message;
        Size = size;
    }

    internal enum Place
    {
        /// <summary>In memory only.</summary>
        Memory,

        /// <summary>Given to the disk, which has not said yes.</summary>
        Writing,

        /// <summary>On disk.</summary>
        Disk,
    }

    public string Device { get; }

    public ApplicationMessage Message { get; }

    /// <summary>Bytes that it counts for.</summary>
    public long Size { get; }

    /// <summary>Its place among all that were stored, which also says when: milliseconds since 1970 in the bits from 20 upwards.</summary>
    public long Id { get; internal set; }

    internal Place Where { get; set; }

    /// <summary>Its request, until that has its receipt.</summary>
    internal (int Shard, ulong Ticket)? Request { get; set; }

    /// <summary>It was read from disk, and has a place in the window.</summary>
    internal bool IsDrained { get; init; }

    /// <summary>It is at the broker, or nobody wants it there any more.</summary>
    internal bool IsDone { get; set; }

    /// <summary>All ids of messages that were stored before are smaller.</summary>
    public static long FirstIdAt(DateTimeOffset time) => time.ToUnixTimeMilliseconds() << IdBits;

    /// <summary>When it was stored.</summary>
    public static DateTimeOffset TimeOf(long id) => DateTimeOffset.FromUnixTimeMilliseconds(id >> IdBits);

    /// <summary>What a message counts for on disk.</summary>
    public static long SizeOf(ApplicationMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        long size = Overhead + message.Topic.Length + message.Payload.Length;
        foreach (var property in message.UserProperties)
        {
            size += property.Name.Length + property.Value.Length;
        }

        return size;
    }
}
