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
}
