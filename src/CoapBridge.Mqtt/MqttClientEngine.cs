using CoapBridge.Mqtt.Packets;
using CoapBridge.Mqtt.Session;
using CoapBridge.Wire;

namespace CoapBridge.Mqtt;

/// <summary>
/// The client side of MQTT 5 without a transport. The driver connects (TLS), calls <see cref="HandleConnected"/>, and
/// from then on writes what <see cref="TryTakeTransmit"/> gives and hands over what it reads. When
/// <see cref="MustClose"/> is set it writes what is left and closes. After any call ask for events, bytes and
/// <see cref="NextDeadline"/> again. One engine serves one connection after another. Each begins with Clean Start
/// (MQTT 5 §3.1.2.4) and ends with exactly one ConnectionRefused or ConnectionClosed event, after a PublishLost for every
/// accepted message that had no answer.
/// </summary>
public sealed partial class MqttClientEngine
{
    private readonly MqttClientOptions _options;
    private readonly PacketFramer _framer = new(MqttLimits.InboundPacketSize);
    private readonly InFlightWindow _inFlight = new();
    private readonly Queue<OutgoingPublish> _waiting = new();
    private readonly KeepAlive _keepAlive = new();
    private readonly TransmitBuffer _transmit = new();
    private readonly Queue<MqttEvent> _events = new();
    private TransmitMarks _marks = new();
    private ConnackPacket _server = new();
    private Instant _connackDeadline;
    private long _outstandingBytes;
    private Phase _phase;
    private Instant _now;

    /// <summary>Throws <see cref="ArgumentException"/> if the Client Identifier or the Keep Alive is out of range.</summary>
    public MqttClientEngine(MqttClientOptions options)
    {
        if (!MqttText.MaySend(options.ClientId) || options.KeepAlive < TimeSpan.Zero || options.KeepAlive.TotalSeconds > ushort.MaxValue)
        {
            throw new ArgumentException("Client Identifier or Keep Alive out of range", nameof(options));
        }

        _options = options;
        ClientId = options.ClientId;
    }

    private enum Phase
    {
        NoConnection,
        AwaitingConnack,
        Connected,
        Closing,
    }

    /// <summary>Our Client Identifier: the configured one, or the one that the server assigned (MQTT 5 §3.2.2.3.7).</summary>
    public string ClientId { get; private set; }

    /// <summary>CONNACK has come and the connection has not ended.</summary>
    public bool IsConnected => _phase == Phase.Connected;

    /// <summary>The connection has ended for MQTT: write what is left, then close the transport.</summary>
    public bool MustClose => _phase == Phase.Closing;

    /// <summary>Messages that were sent and wait for their PUBACK.</summary>
    public int InFlightCount => _inFlight.Count;

    /// <summary>Messages that wait for a place in the window.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>When <see cref="HandleTimeout"/> wants to be called.</summary>
    public Instant? NextDeadline => _phase switch
    {
        Phase.AwaitingConnack => _connackDeadline,
        Phase.Connected => _keepAlive.Deadline(_inFlight.Count > 0),
        _ => null,
    };

    /// <summary>The transport (with TLS) is there: CONNECT goes out first, once [MQTT-3.1.0-1, MQTT-3.1.0-2].</summary>
    public void HandleConnected(Instant now)
    {
        HandleDisconnected(now);
        _framer.Reset();
        _transmit.Reset();
        _marks = new TransmitMarks();
        _phase = Phase.AwaitingConnack;
        _now = now;
        _connackDeadline = now + MqttLimits.ConnackTimeout;
        var connect = new ConnectPacket
        {
            ClientIdentifier = _options.ClientId,
            KeepAlive = (ushort)_options.KeepAlive.TotalSeconds,
            ReceiveMaximum = MqttLimits.InboundReceiveMaximum,
            MaximumPacketSize = MqttLimits.InboundPacketSize,
        };
        var written = connect.TryWrite(_transmit.Claim(64 + (3 * _options.ClientId.Length)), out var length);
        Commit(now, written, length);
    }

    /// <summary>The transport is gone, by whichever side.</summary>
    public void HandleDisconnected(Instant now)
    {
        End(new MqttEvent(MqttEventKind.ConnectionClosed, End: ConnectionEnd.TransportLost));
        _phase = Phase.NoConnection;
    }

    /// <summary>Looks at the clock; calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        _now = now;
        if (_phase == Phase.AwaitingConnack && _connackDeadline <= now)
        {
            End(new MqttEvent(MqttEventKind.ConnectionClosed, End: ConnectionEnd.ConnackTimeout));
        }

        if (_phase != Phase.Connected)
        {
            return;
        }

        if (_keepAlive.IsDead(now))
        {
            End(new MqttEvent(MqttEventKind.ConnectionClosed, End: ConnectionEnd.PingTimeout));
        }
        else if (_keepAlive.MustPing(now, _inFlight.Count > 0))
        {
            var written = PingPacket.TryWrite(_transmit.Claim(16), PacketType.Pingreq, out var length);
            Commit(now, written, length);
            _keepAlive.NotePingSent(now);
        }
    }

    /// <summary>
    /// Publishes with QoS 0 or 1. The ticket is the caller's and comes back in exactly one event if the outcome is
    /// Accepted; otherwise nothing was kept.
    /// </summary>
    public PublishOutcome Publish(Instant now, ulong ticket, ApplicationMessage message)
    {
        if (_phase != Phase.Connected)
        {
            return PublishOutcome.NotConnected;
        }

        _now = now;
        var outcome = PublishRules.Check(message, _server, out var size);
        if (outcome != PublishOutcome.Accepted)
        {
            return outcome;
        }

        if (message.QualityOfService == QualityOfService.AtMostOnce)
        {
            return PublishAtMostOnce(now, ticket, message, size);
        }

        if (_waiting.Count >= MqttLimits.Waiting || _outstandingBytes + size > MqttLimits.OutstandingBytes)
        {
            return PublishOutcome.QueueFull;
        }

        _outstandingBytes += size;
        _waiting.Enqueue(new OutgoingPublish(ticket, message, size));
        SendWaiting(now);
        return PublishOutcome.Accepted;
    }

    /// <summary>
    /// Says DISCONNECT and ends the connection; what has no answer by now is lost, so a driver that wants PUBACKs waits
    /// for them first.
    /// </summary>
    public void Disconnect(Instant now, MqttReasonCode reason)
    {
        if (_phase is Phase.AwaitingConnack or Phase.Connected)
        {
            SendDisconnect(now, reason);
            End(new MqttEvent(MqttEventKind.ConnectionClosed, Reason: reason, End: ConnectionEnd.LocalDisconnect));
        }
    }

    /// <summary>Fills the buffer with bytes for the transport; call again until it says no.</summary>
    public bool TryTakeTransmit(Span<byte> buffer, out int length)
    {
        length = _transmit.Take(buffer);
        if (length == 0)
        {
            return false;
        }

        while (_marks.TryTakeTicket(_transmit.TakenTo, out var ticket))
        {
            _events.Enqueue(new MqttEvent(MqttEventKind.PublishHandedOver, ticket));
        }

        SendWaiting(_now);
        return true;
    }

    /// <summary>The next event, in order.</summary>
    public bool TryTakeEvent(out MqttEvent what) => _events.TryDequeue(out what);

    private PublishOutcome PublishAtMostOnce(Instant now, ulong ticket, ApplicationMessage message, int size)
    {
        if (_transmit.Pending > 0 && _transmit.Pending + size > MqttLimits.TransmitBytes)
        {
            return PublishOutcome.QueueFull;
        }

        SendPublish(now, message, identifier: 0, size);
        _marks.AddTicket(_transmit.WrittenTo, ticket);
        return PublishOutcome.Accepted;
    }

    /// <summary>Moves what waits into the window, as far as the quota and the driver's pace let it.</summary>
    private void SendWaiting(Instant now)
    {
        while (_phase == Phase.Connected && !_inFlight.IsFull && _transmit.Pending < MqttLimits.TransmitBytes
            && _waiting.TryDequeue(out var publish))
        {
            SendPublish(now, publish.Message, _inFlight.Add(publish), publish.Size);
        }
    }

    private void SendPublish(Instant now, ApplicationMessage message, ushort identifier, int size)
    {
        var written = PublishPacket.TryWrite(_transmit.Claim(size + PacketWriter.Slack), message, identifier, duplicate: false, out var length);
        Commit(now, written, length);
    }

    private void SendDisconnect(Instant now, MqttReasonCode reason)
    {
        var written = new DisconnectPacket(reason).TryWrite(_transmit.Claim(16), out var length);
        Commit(now, written, length);
    }

    private void Commit(Instant now, bool written, int length)
    {
        if (!written)
        {
            throw new InvalidOperationException("a checked packet could not be written");
        }

        _transmit.Commit(length);
        _keepAlive.NoteSent(now);
    }

    /// <summary>Ends the connection once: every open ticket is lost, then the closing event.</summary>
    private void End(MqttEvent closing)
    {
        if (_phase is not (Phase.AwaitingConnack or Phase.Connected))
        {
            return;
        }

        _phase = Phase.Closing;
        while (_inFlight.TryRemoveOldest(out var publish) || _waiting.TryDequeue(out publish))
        {
            _events.Enqueue(new MqttEvent(MqttEventKind.PublishLost, publish.Ticket));
        }

        while (_marks.TryTakeTicket(long.MaxValue, out var ticket))
        {
            _events.Enqueue(new MqttEvent(MqttEventKind.PublishLost, ticket));
        }

        _outstandingBytes = 0;
        _events.Enqueue(closing);
    }
}
