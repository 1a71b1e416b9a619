using System.Buffers.Binary;
using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>
/// Our own Message IDs on one connection. RFC 7252 §4.4: the same Message ID MUST NOT be reused within
/// EXCHANGE_LIFETIME. They count up from a random start; a half of the number space is entered again only when the last
/// id taken from it is that old, so at least 32,768 ids are there for every 247 s.
/// </summary>
internal struct MessageIdSequence
{
    private const int HalfBit = 0x8000;

    private ushort _next;
    private Instant? _lastInLowHalf;
    private Instant? _lastInHighHalf;

    public MessageIdSequence(IEntropy entropy)
    {
        Span<byte> start = stackalloc byte[2];
        entropy.Fill(start);
        _next = BinaryPrimitives.ReadUInt16BigEndian(start);
    }

    /// <summary>Reads what <see cref="Save"/> wrote; times before <paramref name="saved"/> are taken from it.</summary>
    public static MessageIdSequence Load(Instant saved, ref WireReader reader) => new()
    {
        _next = reader.ReadUInt16(),
        _lastInLowHalf = LoadTime(saved, ref reader),
        _lastInHighHalf = LoadTime(saved, ref reader),
    };

    public readonly void Save(Instant now, ref WireWriter writer)
    {
        writer.WriteUInt16(_next);
        SaveTime(now, _lastInLowHalf, ref writer);
        SaveTime(now, _lastInHighHalf, ref writer);
    }

    /// <summary>False when the id that comes next was in use less than <paramref name="lifetime"/> ago.</summary>
    public bool TryTake(Instant now, TimeSpan lifetime, out ushort messageId)
    {
        messageId = _next;
        if (AvailableAt(lifetime) > now)
        {
            return false;
        }

        if ((_next & HalfBit) == 0)
        {
            _lastInLowHalf = now;
        }
        else
        {
            _lastInHighHalf = now;
        }

        _next++;
        return true;
    }

    /// <summary>When the next id may be taken; null when at once.</summary>
    public readonly Instant? AvailableAt(TimeSpan lifetime) =>
        (_next & (HalfBit - 1)) != 0 ? null
        : (_next & HalfBit) == 0 ? _lastInLowHalf + lifetime
        : _lastInHighHalf + lifetime;

    private static void SaveTime(Instant now, Instant? time, ref WireWriter writer)
    {
        writer.WriteUInt8(time is null ? (byte)0 : (byte)1);
        if (time is { } last)
        {
            writer.WriteUInt48((ulong)Math.Max(0, (now - last).Ticks / TimeSpan.TicksPerMillisecond));
        }
    }

    private static Instant? LoadTime(Instant saved, ref WireReader reader)
    {
        var isThere = reader.ReadUInt8();
        if (isThere > 1)
        {
            reader.Fail();
        }

        return isThere == 1 ? saved - TimeSpan.FromMilliseconds(reader.ReadUInt48()) : null;
    }
}
