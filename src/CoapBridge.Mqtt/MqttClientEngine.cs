using CoapBridge.Mqtt.Packets;
using CoapBridge.Mqtt.Session;
using CoapBridge.Wire;

namespace CoapBridge.Mqtt;

/// <summary>
/// The client side of MQTT 5 without a transport. The driver connects (TLS), calls <see cref="HandleConnected"/>, and
/// from then on writes what <see cref="TryTakeTransmit"/> gives and hands over what it reads. When
/// <see cref="MustClose"/> is set it writes what is left and closes. After any call ask for events, bytes and
/// <see cref="NextDeadline"/> again. One engine serves one connection after another, in one session if
/// <see cref="MqttClientOptions.SessionExpiry"/> says so. Each connection ends with exactly one ConnectionRefused or
/// ConnectionClosed event, after one for every accepted message that had no answer. Subscriptions are the caller's to
/// restore.
/// </summary>
public sealed partial class MqttClientEngine
{
    private readonly MqttClientOptions _options;
    private readonly PacketFramer _framer = new(MqttLimits.InboundPacketSize);
    private readonly PacketIdentifiers _identifiers = new();
    private readonly InFlightWindow _inFlight;
    private readonly OpenRequests _requests;
    private readonly Queue<OutgoingPublish> _waiting = new();
    private readonly OutgoingAliases _outgoingAliases = new();
    private readonly InboundWindow _inbound = new();
    private readonly InboundAliases _inboundAliases = new();
    private readonly KeepAlive _keepAlive = new();
    private readonly TransmitBuffer _transmit = new();
    private readonly Queue<MqttEvent> _events = new();
    private TransmitMarks _marks = new();
    private ConnackPacket _server = new();
    private Instant _connackDeadline;
    private long _outstandingBytes;
    private ApplicationMessage? _will;
    private bool _hasSession;
    private Phase _phase;
    private Instant _now;

    /// <summary>Throws <see cref="ArgumentException"/> if an option is out of range.</summary>
    public MqttClientEngine(MqttClientOptions options)
    {
        if (!MqttText.MaySend(options.ClientId) || !IsSeconds(options.KeepAlive, ushort.MaxValue)
            || !IsSeconds(options.SessionExpiry, uint.MaxValue) || !IsSeconds(options.WillDelay, uint.MaxValue)
            || (options.Will is { } will && PublishRules.Check(will, new ConnackPacket(), options, out _) != PublishOutcome.Accepted))
        {
            throw new ArgumentException("Client Identifier, will or a time out of range", nameof(options));
        }

        _options = options;
        _will = options.Will;
        ClientId = options.ClientId;
        _inFlight = new InFlightWindow(_identifiers);
        _requests = new OpenRequests(_identifiers);
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

    /// <summary>The present or last connection went on with the session of the one before.</summary>
    public bool IsSessionResumed => _server.SessionPresent;

    /// <summary>Messages that were sent and wait for their acknowledgement.</summary>
    public int InFlightCount => _inFlight.Count;

    /// <summary>Messages that wait for a place in the window.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>When <see cref="HandleTimeout"/> wants to be called.</summary>
    public Instant? NextDeadline => _phase switch
    {
        Phase.AwaitingConnack => _connackDeadline,
        Phase.Connected => _keepAlive.Deadline(AwaitsAcknowledgements),
        _ => null,
    };

    private bool IsMqtt5 => _options.Version == MqttVersion.Mqtt5;

    /// <summary>MQTT 3.1.1 has no expiry: a session that shall outlive its connection must not begin with Clean Session (§3.1.2.4).</summary>
    private bool MayBeKept => !IsMqtt5 && _options.SessionExpiry > TimeSpan.Zero;

    private bool AwaitsAcknowledgements => _inFlight.Count > 0 || _requests.Any;

    /// <summary>The transport (with TLS) is there: CONNECT goes out first, once [MQTT-3.1.0-1, MQTT-3.1.0-2].</summary>
    /// <param name="now">The present.</param>
    /// <param name="userName">The User Name for this server; null: none. A Password there is none: TLS says who we are.</param>
    /// <exception cref="ArgumentException">The User Name cannot be sent.</exception>
    public void HandleConnected(Instant now, string? userName = null)
    {
        if (userName is not null && !MqttText.MaySend(userName))
        {
            throw new ArgumentException("a User Name that MQTT cannot carry", nameof(userName));
        }

        HandleDisconnected(now);
        _framer.Reset();
        _transmit.Reset();
        _marks = new TransmitMarks();
        _inboundAliases.Clear();
        _phase = Phase.AwaitingConnack;
        _now = now;
        _connackDeadline = now + MqttLimits.ConnackTimeout;
        var connect = new ConnectPacket
        {
            ClientIdentifier = _options.ClientId,
            ProtocolVersion = (byte)_options.Version,
            CleanStart = !_hasSession && !MayBeKept,
            SessionExpiryInterval = (uint)_options.SessionExpiry.TotalSeconds,
            KeepAlive = (ushort)_options.KeepAlive.TotalSeconds,
            ReceiveMaximum = MqttLimits.InboundReceiveMaximum,
            MaximumPacketSize = MqttLimits.InboundPacketSize,
            TopicAliasMaximum = MqttLimits.InboundTopicAliases,
            Will = _will,
            WillDelayInterval = (uint)_options.WillDelay.TotalSeconds,
            UserName = userName,
        };
        var will = _will is { } message ? (int)PublishPacket.Measure(message) + 16 : 0;
        var written = connect.TryWrite(_transmit.Claim(64 + (3 * (_options.ClientId.Length + (userName?.Length ?? 0))) + will), out var length);
        Commit(now, written, length);
    }

    /// <summary>The transport is gone, by whichever side.</summary>
    public void HandleDisconnected(Instant now)
    {
        var detail = _phase == Phase.AwaitingConnack ? "before CONNACK" : null;
        End(new MqttEvent(MqttEventKind.ConnectionClosed, End: ConnectionEnd.TransportLost, Detail: detail));
        _phase = Phase.NoConnection;
        _now = now;
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
        else if (_keepAlive.MustPing(now, AwaitsAcknowledgements))
        {
            SendPing(now, ticket: 0);
        }
    }

    /// <summary>Sends a PINGREQ; its PINGRESP brings the ticket, which is not 0, back. Only while connected.</summary>
    public void Ping(Instant now, ulong ticket)
    {
        RequireConnected();
        SendPing(now, ticket);
    }

    /// <summary>
    /// Says DISCONNECT and ends the connection; what has no answer by now is unconfirmed or lost, so a driver that wants
    /// PUBACKs waits for them first.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="reason">0x00 takes the will away, 0x04 lets the server publish it.</param>
    /// <param name="endsSession">The server shall forget the session, and so do we.</param>
    public void Disconnect(Instant now, MqttReasonCode reason, bool endsSession = false)
    {
        if (_phase is not (Phase.AwaitingConnack or Phase.Connected))
        {
            return;
        }

        SendDisconnect(now, reason, endsSession);
        _hasSession &= !endsSession;
        End(new MqttEvent(MqttEventKind.ConnectionClosed, Reason: reason, End: ConnectionEnd.LocalDisconnect));
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

    private static bool IsSeconds(TimeSpan time, uint most) =>
        time >= TimeSpan.Zero && time.TotalSeconds <= most && time.Ticks % TimeSpan.TicksPerSecond == 0;

    private void RequireConnected()
    {
        if (_phase != Phase.Connected)
        {
            throw new InvalidOperationException("There is no connection.");
        }
    }

    private void SendPing(Instant now, ulong ticket)
    {
        var written = PingPacket.TryWrite(_transmit.Claim(16), PacketType.Pingreq, out var length);
        Commit(now, written, length);
        _keepAlive.NotePingSent(now, ticket);
    }

    /// <summary>In MQTT 3.1.1 a DISCONNECT takes the will away and says nothing else: then only a normal end has one (§3.14.4).</summary>
    private void SendDisconnect(Instant now, MqttReasonCode reason, bool endsSession = false)
    {
        if (!IsMqtt5 && reason != MqttReasonCode.Success)
        {
            return;
        }

        // [MQTT-3.14.2-2]: an expiry may not follow one of 0, which has the same effect.
        var disconnect = new DisconnectPacket(reason) { EndsSession = endsSession && IsMqtt5 && _options.SessionExpiry > TimeSpan.Zero };
        var written = disconnect.TryWrite(_transmit.Claim(24), out var length);
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

    /// <summary>Ends the connection once: every open ticket hears of it, then the closing event.</summary>
    private void End(MqttEvent closing)
    {
        if (_phase is not (Phase.AwaitingConnack or Phase.Connected))
        {
            return;
        }

        _phase = Phase.Closing;
        if (_hasSession)
        {
            TellUnconfirmed();
            _inbound.HandleConnectionLost();
        }
        else
        {
            ForgetSession();
        }

        while (_waiting.TryDequeue(out var waiting))
        {
            _outstandingBytes -= waiting.Size;
            _events.Enqueue(new MqttEvent(MqttEventKind.PublishNotSent, waiting.Ticket));
        }

        while (_marks.TryTakeTicket(long.MaxValue, out var ticket))
        {
            _events.Enqueue(new MqttEvent(MqttEventKind.PublishLost, ticket));
        }

        _requests.Clear();
        _events.Enqueue(closing);
    }
}
