using System.Net;
using System.Threading.Channels;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Tools.Device;

/// <summary>
/// A device's engines joined, without a socket: the DTLS connection, the CoAP endpoint that begins with it, and the
/// requests that wait for a response. Only its owner calls it.
/// </summary>
internal sealed class DeviceLine
{
    private static readonly CriticalOptions _noCriticalOptions = new();
    private readonly DeviceSettings _settings;
    private readonly IPEndPoint _local;
    private readonly GatewayTrust.Verifier _verifier;
    private readonly DtlsConnection _connection;
    private readonly CoapEndpoint _endpoint;
    private readonly DeviceExchanges _exchanges;
    private DeviceConnectionException? _failure;

    public DeviceLine(DeviceSettings settings, IPEndPoint local, Instant now)
    {
        _settings = settings;
        _local = local;
        _verifier = settings.Trust.CreateVerifier();
        var dtls = new DtlsSettings
        {
            Credentials = settings.Credentials, Verifier = _verifier, HandshakeTimeout = settings.HandshakeTimeout,
        };
        _connection = DtlsClient.Connect(dtls, settings.Entropy, now, session: settings.Session);
        _endpoint = new CoapEndpoint(_noCriticalOptions, settings.Transmission, settings.Entropy);
        _exchanges = new DeviceExchanges(_endpoint, (reason, detail) => new DeviceConnectionException(reason, detail) { LocalEndPoint = _local });
    }

    public bool IsConnected => _connection.IsEstablished;

    /// <summary>What a later connection may resume; null when the gateway keeps none.</summary>
    public DtlsSession? Session { get; private set; }

    public bool IsResumed { get; private set; }

    /// <summary>Closed, and nothing is left to be sent.</summary>
    public bool IsOver => _connection.IsClosed;

    public Instant? NextDeadline => Instant.Earliest(_connection.NextDeadline, _endpoint.NextDeadline);

    public void HandleDatagram(Instant now, byte[] datagram)
    {
        Trace(false, datagram);
        var rest = datagram.AsSpan();
        while (!rest.IsEmpty)
        {
            if (_connection.HandleRecord(now, ref rest, out var message) == RecordOutcome.ApplicationData)
            {
                TraceMessage(false, message);
                if (_endpoint.HandleDatagram(now, message, out _, out var exchange).Kind is ReceptionKind.Request or ReceptionKind.FirstBlock)
                {
                    // A device has no resources yet.
                    _endpoint.Respond(now, exchange, CoapCode.NotFound);
                }
            }
        }

        Follow(now);
    }

    public void HandleTimeout(Instant now)
    {
        _connection.HandleTimeout(now);
        _endpoint.HandleTimeout(now);
        Follow(now);
    }

    /// <summary>
    /// Nobody listens at the gateway's port. During the handshake that is an answer; later it may be a restart, or forged,
    /// and retransmission goes on.
    /// </summary>
    public void HandleUnreachable()
    {
        if (!_connection.IsEstablished && !_connection.IsClosed)
        {
            Fail("unreachable", $"nothing listens at UDP {_settings.Server}; is the gateway running, and is that its port?");
            _connection.Abandon();
        }
    }

    /// <summary>Our own mistake; everything that waits hears of it.</summary>
    public void HandleBug(Exception bug)
    {
        Fail("bug", bug.ToString());
        _connection.Abandon();
        _exchanges.Fail(Failure);
    }

    public void Begin(Instant now, DeviceRequest request, TaskCompletionSource<DeviceResponse> answer)
    {
        if (!_connection.IsEstablished)
        {
            answer.TrySetException(Failure());
            return;
        }

        _exchanges.Begin(now, request, answer);
    }

    public void Observe(Instant now, DeviceRequest request, ChannelWriter<DeviceResponse> told)
    {
        if (!_connection.IsEstablished)
        {
            told.TryComplete(Failure());
            return;
        }

        _exchanges.Observe(now, request, told);
    }

    public void EndObservation(Instant now, ChannelWriter<DeviceResponse> told)
    {
        if (_connection.IsEstablished)
        {
            _exchanges.EndObservation(now, told);
        }
    }

    public void Close()
    {
        if (!_connection.IsClosed)
        {
            Fail("closed", "the device closed the connection");
            _connection.Close();
        }
    }

    /// <summary>The next datagram, from whichever engine.</summary>
    public bool TryTakeTransmit(Instant now, Span<byte> buffer, out int length)
    {
        Span<byte> message = stackalloc byte[CoapMessage.MaxLength];
        Follow(now);
        while (_connection.IsEstablished && _endpoint.TryTakeTransmit(message, out var size))
        {
            if (_connection.TrySeal(message[..size], buffer, out length))
            {
                TraceMessage(true, message[..size]);
                Trace(true, buffer[..length]);
                return true;
            }
        }

        if (_connection.TryTakeTransmit(buffer, out length))
        {
            Trace(true, buffer[..length]);
            return true;
        }

        return false;
    }

    /// <summary>Why there is no connection: a new exception each time, because each is thrown somewhere else.</summary>
    public DeviceConnectionException Failure() => new(_failure?.Reason ?? "closed", _failure?.Detail ?? "the connection is over")
    {
        Alert = _failure?.Alert, AlertReceived = _failure?.AlertReceived ?? false, LocalEndPoint = _local,
    };

    private void Follow(Instant now)
    {
        while (_connection.TryTakeWork(out var work))
        {
            _connection.HandleWork(now, work.Run(DateTimeOffset.UtcNow));
        }

        while (_connection.TryTakeEvent(out var what))
        {
            Note(what);
        }

        while (_endpoint.TryTakeEvent(out var what))
        {
            _exchanges.HandleEvent(now, what);
        }

        if (_connection.IsClosed)
        {
            _exchanges.Fail(Failure);
        }
    }

    private void Note(DtlsEvent what)
    {
        switch (what)
        {
            case DtlsEvent.HandshakeCompleted completed:
                IsResumed = completed.IsResumed;
                Session = IsResumed ? _settings.Session : completed.Session;
                var secret = completed.ExtendedMasterSecret ? "with" : "without";
                _settings.Trace?.Invoke($"{(IsResumed ? "resumed" : "connected")} with {completed.Peer.Subject}, {secret} extended master secret");
                break;
            case DtlsEvent.HandshakeFailed { Reason: "peer_alert", Alert: { } alert }:
                Fail("peer_alert", $"the gateway refused the handshake with {AlertMeaning.Describe(alert)}", alert, received: true);
                break;
            case DtlsEvent.HandshakeFailed { Reason: "time_out" }:
                Fail("time_out", $"the gateway at {_settings.Server} did not answer the handshake within {_settings.HandshakeTimeout.TotalSeconds} s");
                break;
            case DtlsEvent.HandshakeFailed failed:
                var about = _verifier.Refusal is { } refusal ? $"the gateway's certificate was refused: {refusal}" : "the handshake failed on our side";
                Fail(failed.Reason, about, failed.Alert);
                break;
            case DtlsEvent.Closed { Alert: { } alert }:
                Fail("closed", $"the gateway ended the connection with {AlertMeaning.Describe(alert)}", alert, received: true);
                break;
            case DtlsEvent.Closed closed:
                Fail("closed", $"the connection ended ({closed.Reason})");
                break;
        }
    }

    // The first cause is the one that is told.
    private void Fail(string reason, string detail, AlertDescription? alert = null, bool received = false) =>
        _failure ??= new DeviceConnectionException(reason, detail) { Alert = alert, AlertReceived = received, LocalEndPoint = _local };

    private void Trace(bool sent, ReadOnlySpan<byte> datagram) => _settings.Trace?.Invoke(DatagramTrace.DescribeRecords(sent, datagram));

    private void TraceMessage(bool sent, ReadOnlySpan<byte> message) => _settings.Trace?.Invoke(DatagramTrace.DescribeMessage(sent, message));
}
