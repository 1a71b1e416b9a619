using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake;

/// <summary>
/// The messages that are sent, and sent again, as one (RFC 6347 §4.2.4). They are cut to the size of the datagrams at
/// the moment of sending, so that a retransmission may use smaller ones.
/// </summary>
internal sealed class Flight
{
    /// <summary>Below this a fragment is mostly header; the next datagram takes it.</summary>
    private const int MinimumFragment = 32;

    /// <summary>The longest flight has five messages and a ChangeCipherSpec (RFC 6347 §4.2.4, Figure 1).</summary>
    private const int LongestFlight = 6;

    private readonly List<Item> _items = new(LongestFlight);
    private int _next;
    private int _offset;

    public bool IsEmpty => _items.Count == 0;

    public bool HasMore => _next < _items.Count;

    public void Clear()
    {
        _items.Clear();
        Restart();
    }

    public void Add(HandshakeType type, ushort messageSequence, byte[] body, bool isProtected) =>
        _items.Add(new Item(type, messageSequence, body, isProtected));

    /// <summary>ChangeCipherSpec is no handshake message, but belongs to the flight (RFC 6347 §4.2.5).</summary>
    public void AddChangeCipherSpec() => _items.Add(new Item(null, 0, [1], IsProtected: false));

    public void Restart()
    {
        _next = 0;
        _offset = 0;
    }

    /// <summary>Fills one datagram with as many records as fit and tells its length.</summary>
    public int WriteDatagram(RecordLayer records, Span<byte> datagram)
    {
        var written = 0;
        while (HasMore)
        {
            var item = _items[_next];
            var length = item.Type is { } type
                ? WriteFragment(records, type, item, datagram[written..])
                : WriteChangeCipherSpec(records, item, datagram[written..]);
            if (length == 0)
            {
                break;
            }

            written += length;
        }

        return written;
    }

    private int WriteChangeCipherSpec(RecordLayer records, in Item item, Span<byte> room)
    {
        if (room.Length < records.Overhead(false) + item.Body.Length)
        {
            return 0;
        }

        _next++;
        return records.Write(false, ContentType.ChangeCipherSpec, item.Body, room);
    }

    private int WriteFragment(RecordLayer records, HandshakeType type, in Item item, Span<byte> room)
    {
        var remaining = item.Body.Length - _offset;
        var space = Math.Min(room.Length - records.Overhead(item.IsProtected), records.MaximumContent) - HandshakeHeader.Length;
        if (space < Math.Min(remaining, MinimumFragment))
        {
            return 0;
        }

        var length = Math.Min(remaining, space);
        Span<byte> fragment = stackalloc byte[HandshakeHeader.Length + length];
        var writer = new WireWriter(fragment);
        new HandshakeHeader(type, item.Body.Length, item.MessageSequence, _offset, length).Write(ref writer);
        writer.WriteBytes(item.Body.AsSpan(_offset, length));
        _offset += length;
        if (_offset == item.Body.Length)
        {
            _next++;
            _offset = 0;
        }

        return records.Write(item.IsProtected, ContentType.Handshake, fragment, room);
    }

    private readonly record struct Item(HandshakeType? Type, ushort MessageSequence, byte[] Body, bool IsProtected);
}
