using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Dtls;

/// <summary>
/// One DTLS 1.2 connection with one peer, in either role: from its first hello to its close. It does not know
/// addresses; who calls it does. Made by <see cref="DtlsServer"/> or <see cref="DtlsClient"/>.
/// </summary>
public sealed partial class DtlsConnection
{
    /// <summary>A CCM_8 tag has 64 bits: after 2^24 forgeries one would have passed with a chance of 2^-40 (DESIGN D-5).</summary>
    private const int MaximumFailedOpens = 1 << 24;

    /// <summary>One datagram of the next epoch may wait for its keys (REQUIREMENTS 1.14).</summary>
    private const int MaximumHeldBack = 2048;

    private readonly DtlsSettings _settings;
    private readonly RecordLayer _records;
    private Queue<DtlsEvent>? _events; // null while it is empty: most connections have nothing to tell
    private FlightExchange? _exchange;
    private byte[] _heldBack = [];
    private SessionId? _session;
    private Alert? _alert;
    private State _state = State.Handshaking;
    private Instant _lastReceived;
    private Instant _idleDeadline;

    internal DtlsConnection(DtlsSettings settings, RecordLayer records, FlightExchange exchange, Instant now)
    {
        _settings = settings;
        _records = records;
        _exchange = exchange;
        _lastReceived = now;
    }

    private enum State
    {
        Handshaking,
        Established,
        Closed,
    }

    public bool IsEstablished => _state == State.Established;

    public bool IsClosed => _state == State.Closed;

    /// <summary>The handshake used RFC 7627; false before it ended.</summary>
    public bool ExtendedMasterSecret { get; private set; }

    /// <summary>When the last authentic record came.</summary>
    public Instant LastReceived => _lastReceived;

    /// <summary>How many protected records did not open.</summary>
    public int FailedOpens => _records.FailedOpens;

    /// <summary>The most application bytes that one datagram takes (REQUIREMENTS 1.33).</summary>
    public int MaximumApplicationData =>
        Math.Min(_settings.MaximumDatagram - _records.Overhead(isProtected: true), _records.MaximumContent);

    /// <summary>Bytes that a record has more than its application data.</summary>
    public int RecordOverhead => _records.Overhead(isProtected: true);

    /// <summary>What the peer's records carry, once negotiated; empty without Connection IDs (RFC 9146 §3).</summary>
    public ReadOnlySpan<byte> ConnectionId => _records.ReceiveConnectionId;

    /// <summary>The last record that opened was newer than all before it: only such a one may move the peer's address (RFC 9146 §6).</summary>
    public bool LastRecordWasNewest => _records.LastWasNewest;

    /// <summary>For tests, which speak for a peer record by record.</summary>
    internal RecordLayer Records => _records;

    /// <summary>The peer's bytes that are kept for later: messages in parts, and records before their keys.</summary>
    internal int Kept => _heldBack.Length + (_exchange?.Kept ?? 0);

    /// <summary>The most that <see cref="Kept"/> may be, whatever the peer sends.</summary>
    internal const int MaximumKept = MaximumHeldBack + Reassembler.KeptAtMost;

    /// <summary>Ask again after any call that took <c>now</c>.</summary>
    public Instant? NextDeadline => _state switch
    {
        State.Handshaking => _exchange!.NextDeadline,
        State.Established => Instant.Earliest(_exchange?.NextDeadline, _idleDeadline),
        _ => null,
    };

    /// <summary>
    /// Handles the first record of <paramref name="datagram"/>, in place, and moves past it; call until it is empty.
    /// A bad record does not spoil the ones after it (RFC 6347 §4.1.2.7).
    /// </summary>
    /// <param name="now">The time of the call.</param>
    /// <param name="datagram">What is left of the datagram.</param>
    /// <param name="applicationData">A part of the datagram: valid until the buffer is used again.</param>
    public RecordOutcome HandleRecord(Instant now, ref Span<byte> datagram, out ReadOnlySpan<byte> applicationData)
    {
        applicationData = default;
        PathResponse = null;
        if (!RecordHeader.TryParse(datagram, _records.ReceiveConnectionId.Length, out var header))
        {
            datagram = default;
            return RecordOutcome.Truncated;
        }

        var record = datagram[..header.RecordLength];
        datagram = datagram[record.Length..];
        if (_state == State.Closed)
        {
            return RecordOutcome.AfterClose;
        }

        // RFC 6347 §4.2.1: before a version is agreed on, a hello may say DTLS 1.0.
        if (header.Version != DtlsVersion.Dtls12
            && !(header.Version == DtlsVersion.Dtls10 && header.Epoch == 0 && header.Type == ContentType.Handshake))
        {
            return RecordOutcome.Version;
        }

        var outcome = header.Epoch switch
        {
            0 => HandlePlain(now, header.Type, record[header.HeaderLength..]),
            1 => HandleProtected(now, header, record, out applicationData),
            _ => RecordOutcome.Epoch,
        };
        FollowExchange(now);
        return outcome;
    }

    /// <summary>How long the first record is, header included, and its epoch; false when the datagram does not hold one of a classic type.</summary>
    public static bool TryPeekRecord(ReadOnlySpan<byte> datagram, out int length, out ushort epoch)
    {
        var isRecord = RecordHeader.TryParse(datagram, out var header) && header.Type != ContentType.Tls12Cid;
        length = header.RecordLength;
        epoch = header.Epoch;
        return isRecord;
    }

    /// <summary>The Connection ID of a datagram whose first record is tls12_cid; its length is the receiver's own choice (RFC 9146 §4).</summary>
    public static bool TryPeekConnectionId(ReadOnlySpan<byte> datagram, int length, out ReadOnlySpan<byte> connectionId)
    {
        var carriesOne = length > 0 && datagram.Length >= RecordHeader.Length + length && datagram[0] == (byte)ContentType.Tls12Cid;
        connectionId = carriesOne ? datagram.Slice(RecordHeader.ConnectionIdOffset, length) : default;
        return carriesOne;
    }

    /// <summary>Takes the result of a work item; one that nobody waits for any more is ignored.</summary>
    public void HandleWork(Instant now, DtlsWorkResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (_state == State.Handshaking)
        {
            _exchange!.HandleWork(now, result);
            FollowExchange(now);
        }
        else
        {
            result.Abandon();
        }
    }

    public void HandleTimeout(Instant now)
    {
        if (_state == State.Handshaking)
        {
            _exchange!.HandleTimeout(now);
            FollowExchange(now);
        }
        else if (_state == State.Established)
        {
            if (_exchange?.NextDeadline <= now)
            {
                _exchange = null;
            }

            if (now >= _idleDeadline)
            {
                _idleDeadline = _lastReceived + _settings.IdleTimeout;
                if (now >= _idleDeadline)
                {
                    End(CloseReason.Idle, Alert.Warning(AlertDescription.CloseNotify));
                }
            }
        }
    }

    /// <summary>Seals application data into one record. False when the connection cannot send it; nothing is written then.</summary>
    /// <param name="applicationData">At most <see cref="MaximumApplicationData"/> bytes.</param>
    /// <param name="destination">Room for <see cref="DtlsSettings.MaximumDatagram"/> bytes.</param>
    /// <param name="length">The record's length.</param>
    public bool TrySeal(ReadOnlySpan<byte> applicationData, Span<byte> destination, out int length)
    {
        length = 0;
        if (_state != State.Established || applicationData.Length > MaximumApplicationData)
        {
            return false;
        }

        if (_records.IsExhausted)
        {
            End(CloseReason.SequenceNumbers, null);
            return false;
        }

        length = _records.Write(true, ContentType.ApplicationData, applicationData, destination);
        return true;
    }

    /// <summary>Ends the connection: close_notify when it is established (RFC 5246 §7.2.1), silence when it is not.</summary>
    /// <param name="reason">The word that a handshake's failure gets.</param>
    public void Close(string reason = "closed")
    {
        if (_state == State.Established)
        {
            End(CloseReason.Local, Alert.Warning(AlertDescription.CloseNotify));
        }
        else if (_state == State.Handshaking)
        {
            FailHandshake(new DtlsEvent.HandshakeFailed(reason, null, null));
        }
    }

    /// <summary>Ends the connection without a word, because another one has taken its place (RFC 6347 §4.2.8).</summary>
    public void Abandon()
    {
        _state = State.Closed;
        _exchange?.Dispose();
        _exchange = null;
        _alert = null;
    }

    /// <summary>The next datagram to send. Ask until false after any other call.</summary>
    public bool TryTakeTransmit(Span<byte> buffer, out int length)
    {
        length = _state == State.Closed ? 0 : _exchange?.WriteDatagram(buffer) ?? 0;
        length = length == 0 ? WritePathResponse(buffer) : length;
        if (length == 0 && _alert is { } alert && !(_records.WritesProtected && _records.IsExhausted))
        {
            length = _records.Write(_records.WritesProtected, ContentType.Alert, alert.ToBytes(), buffer);
            _alert = null;
        }

        return length > 0;
    }

    /// <summary>The next work item, each once.</summary>
    public bool TryTakeWork(out DtlsWork work)
    {
        work = null!;
        return _state == State.Handshaking && _exchange!.TryTakeWork(out work);
    }

    public bool TryTakeEvent(out DtlsEvent what)
    {
        what = null!;
        if (_events is null)
        {
            return false;
        }

        what = _events.Dequeue();
        _events = _events.Count == 0 ? null : _events;
        return true;
    }

    private void Tell(DtlsEvent what) => (_events ??= new Queue<DtlsEvent>(1)).Enqueue(what);
}
