using CoapBridge.Coap;
using CoapBridge.Dtls;

namespace CoapBridge.Gateway;

/// <summary>
/// What a shard counts, as plain numbers that only go up: the shard writes, anybody reads. One place for each reason
/// that a datagram, a record or a message can go no further.
/// </summary>
public sealed class ShardCounters
{
    private readonly long[] _hellos = new long[Enum.GetValues<HelloOutcome>().Length];
    private readonly long[] _records = new long[Enum.GetValues<RecordOutcome>().Length];
    private readonly long[] _receptions = new long[Enum.GetValues<ReceptionKind>().Length];
    private readonly long[] _messageDrops = new long[Enum.GetValues<CoapDrop>().Length];
    private readonly long[] _responses = new long[256];
    private readonly long[] _limits = new long[Enum.GetValues<RequestLimit>().Length];

    /// <summary>Datagrams from addresses without a connection, by what became of them.</summary>
    public ReadOnlySpan<long> Hellos => _hellos;

    /// <summary>Records, by <see cref="RecordOutcome"/>.</summary>
    public ReadOnlySpan<long> Records => _records;

    /// <summary>CoAP messages, by <see cref="ReceptionKind"/>.</summary>
    public ReadOnlySpan<long> Receptions => _receptions;

    /// <summary>CoAP messages that were dropped, by <see cref="CoapDrop"/>.</summary>
    public ReadOnlySpan<long> MessageDrops => _messageDrops;

    /// <summary>Responses to devices, by the byte of their code.</summary>
    public ReadOnlySpan<long> Responses => _responses;

    /// <summary>Requests beyond a device's limits, by <see cref="RequestLimit"/>; a non-confirmable one was dropped.</summary>
    public ReadOnlySpan<long> Limits => _limits;

    /// <summary>Hellos with a good cookie that found no room: connections, handshakes or work.</summary>
    public long HellosWithoutRoom { get; internal set; }

    /// <summary>Connections that were closed to make room for a newcomer: the longest idle ones.</summary>
    public long ConnectionsEvicted { get; internal set; }

    /// <summary>Newcomers that were closed after their handshake, because everybody else had been heard of a moment before.</summary>
    public long NewcomersWithoutRoom { get; internal set; }

    /// <summary>Records with a Connection ID that nobody has.</summary>
    public long UnknownConnectionIds { get; internal set; }

    /// <summary>Connections that moved to another address (RFC 9146 §6).</summary>
    public long AddressChanges { get; internal set; }

    /// <summary>Stateless answers that found no room in this turn.</summary>
    public long RepliesDropped { get; internal set; }

    /// <summary>Messages that could not be sent: too large, or the connection is over.</summary>
    public long MessagesUnsent { get; internal set; }

    internal void Count(HelloOutcome outcome) => _hellos[(int)outcome]++;

    internal void Count(RecordOutcome outcome) => _records[(int)outcome]++;

    internal void Count(in Reception reception)
    {
        _receptions[(int)reception.Kind]++;
        if (reception.Kind == ReceptionKind.Dropped)
        {
            _messageDrops[(int)reception.Drop]++;
        }
    }

    internal void Count(RequestLimit limit) => _limits[(int)limit]++;

    internal void Count(CoapCode response) => _responses[response.Value]++;
}
