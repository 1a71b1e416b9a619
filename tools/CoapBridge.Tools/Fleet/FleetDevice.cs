using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Tools.Fleet;

/// <summary>
/// One device of many, without a socket: a DTLS connection, and over it requests of one message each. It acknowledges whatever it is
/// told and answers pings; it has no resources. Only its owner calls it.
/// </summary>
/// <param name="settings">Its certificate, and whom it trusts.</param>
/// <param name="now">The present.</param>
/// <param name="window">Requests that may be under way at once, 1 to 255.</param>
/// <param name="connectionId">What it wants to receive (RFC 9146 §3); null: no Connection IDs.</param>
/// <param name="session">To be resumed.</param>
internal sealed class FleetDevice(DtlsSettings settings, Instant now, int window = 1, byte[]? connectionId = null, DtlsSession? session = null)
{
    public const int TokenLength = 4;

    private static readonly SystemEntropy Entropy = new();

    private readonly DtlsConnection _connection = DtlsClient.Connect(settings, Entropy, now, connectionId, session);
    private readonly FleetExchanges _exchanges = new(window, Random.Shared);
    private readonly Queue<FleetOutcome> _outcomes = new(1);
    private readonly Instant _begun = now;
    private Queue<(MessageType Type, ushort MessageId)>? _replies;

    public DtlsConnection Connection => _connection;

    public bool IsConnected => _connection.IsEstablished;

    public bool IsClosed => _connection.IsClosed;

    /// <summary>What the handshake left to be resumed, or what it resumed.</summary>
    public DtlsSession? Session { get; private set; }

    public bool IsResumed { get; private set; }

    /// <summary>From the first hello to Finished; null before.</summary>
    public TimeSpan? HandshakeTime { get; private set; }

    /// <summary>Why the handshake failed or the connection ended: a word, and the alert that came or went with it; null while neither is so.</summary>
    public string? Failure { get; private set; }

    /// <summary>Requests under way.</summary>
    public int UnderWay => _exchanges.Count;

    public Instant? NextDeadline => Instant.Earliest(_connection.NextDeadline, _exchanges.NextDeadline);

    public void HandleTimeout(Instant time)
    {
        _connection.HandleTimeout(time);
        while (_exchanges.TryGiveUp(time, out var outcome))
        {
            _outcomes.Enqueue(outcome);
        }

        Follow(time);
    }

    public void HandleDatagram(Instant time, Span<byte> datagram)
    {
        while (!datagram.IsEmpty)
        {
            if (_connection.HandleRecord(time, ref datagram, out var message) == RecordOutcome.ApplicationData)
            {
                HandleMessage(time, message);
            }
        }

        Follow(time);
    }

    /// <summary>False when it is not connected, or has as many requests under way as it may.</summary>
    public bool TryBegin(Instant time, FleetRequest request) => IsConnected && _exchanges.TryBegin(time, request);

    /// <summary>What became of a request, in the order in which they ended.</summary>
    public bool TryTakeOutcome(out FleetOutcome outcome) => _outcomes.TryDequeue(out outcome);

    /// <summary>The next datagram. Ask until false after any other call.</summary>
    /// <param name="buffer">Room for <see cref="DtlsSettings.MaximumDatagram"/> bytes.</param>
    /// <param name="length">Its length.</param>
    public bool TryTakeTransmit(Span<byte> buffer, out int length)
    {
        Span<byte> message = stackalloc byte[CoapMessage.MaxLength];
        if (IsConnected && _replies is not null && _replies.TryDequeue(out var reply))
        {
            var writer = new CoapWriter(message, reply.Type, CoapCode.Empty, reply.MessageId, []);
            return _connection.TrySeal(writer.Written, buffer, out length);
        }

        if (IsConnected && _exchanges.TryTakeTransmit(message, out var size))
        {
            return _connection.TrySeal(message[..size], buffer, out length);
        }

        return _connection.TryTakeTransmit(buffer, out length);
    }

    private void Follow(Instant time)
    {
        while (_connection.TryTakeWork(out var work))
        {
            _connection.HandleWork(time, work.Run(DateTimeOffset.UtcNow));
        }

        while (_connection.TryTakeEvent(out var what))
        {
            switch (what)
            {
                case DtlsEvent.HandshakeCompleted completed:
                    HandshakeTime = time - _begun;
                    IsResumed = completed.IsResumed;
                    Session = IsResumed ? session : completed.Session;
                    break;
                case DtlsEvent.HandshakeFailed failed:
                    Failure = failed.Alert is { } sent ? $"{failed.Reason} {(byte)sent}" : failed.Reason;
                    break;
                case DtlsEvent.Closed closed:
                    Failure = closed.Alert is { } came ? $"{closed.Reason} {(byte)came}" : $"{closed.Reason}";
                    break;
            }
        }
    }

    private void HandleMessage(Instant time, ReadOnlySpan<byte> datagram)
    {
        if (!CoapMessage.TryParse(datagram, out var message, out _))
        {
            return;
        }

        if (message.Type == MessageType.Confirmable)
        {
            // A response or a notification is taken; a ping, or a request to a device without resources, gets an RST (RFC 7252 §4.2, §4.3).
            (_replies ??= new(1)).Enqueue((message.Code.IsResponse ? MessageType.Acknowledgement : MessageType.Reset, message.MessageId));
        }

        if (_exchanges.TryHandle(time, message, out var outcome))
        {
            _outcomes.Enqueue(outcome);
        }
    }
}
