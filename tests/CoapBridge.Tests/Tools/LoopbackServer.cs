using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Pki;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Tools;

/// <summary>
/// A DTLS and CoAP server on a loopback socket for one device after the other, run by one task: what a DeviceClient needs at
/// its other end. A POST to <c>/slow</c> is answered only after its empty ACK has left; to <c>/never</c>, never; <c>/value</c> has
/// 3,000 bytes, and what is posted to <c>/change</c> is told to its observer, until something is posted to <c>/gone</c>.
/// </summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly Channel<string> _refusals = Channel.CreateUnbounded<string>();
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stop = new();
    private readonly DtlsServer _server;
    private readonly Task _running;
    private readonly TaskCompletionSource<CloseReason> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<SessionId, DtlsSession> _sessions = [];
    private DtlsConnection? _connection;
    private CoapEndpoint? _endpoint;
    private EndPoint _peer = new IPEndPoint(IPAddress.Any, 0);
    private Exchange? _slow;
    private Token _observer;
    private volatile bool _closing;

    public LoopbackServer(DemoPki pki, IssuedCertificate? gateway = null)
    {
        Pki = pki;
        gateway ??= pki.Gateway;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var anchors = TrustAnchors.TryCreate([pki.Ca.Certificate.Der], out _)!;
        var settings = new DtlsSettings
        {
            Credentials = DtlsCredentials.FromEcdsa([gateway.Der], gateway.OpenEcdsa()),
            ResumesSessions = true,
            Verifier = new DevicePeerVerifier(new DeviceCertificatePolicy(anchors, new DevicePolicySettings())),
        };
        _server = new DtlsServer(settings, new HelloVerifier(new byte[32]), new SystemEntropy());
        _running = RunAsync();
    }

    public DemoPki Pki { get; }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>The next refusal of a handshake; the device may know of it before this side has noted it.</summary>
    public Task<string> NextRefusalAsync() =>
        _refusals.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>Bodies of the requests so far: "code payload".</summary>
    public List<string> Requests { get; } = [];

    /// <summary>How the connection ended.</summary>
    public Task<CloseReason> Closed => _closed.Task;

    public DeviceSettings SettingsOf(IssuedCertificate device, string host = "127.0.0.1") => new()
    {
        Server = EndPoint,
        Credentials = DeviceFiles.FromPem(device.CertificatePem, device.PrivateKeyPem),
        Trust = GatewayTrust.Create([Pki.Ca.Certificate.Der], host),
    };

    /// <summary>Says close_notify at its next turn.</summary>
    public void CloseConnection() => _closing = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var buffer = new byte[2048];
        while (!_stop.IsCancellationRequested)
        {
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            turn.CancelAfter(TimeSpan.FromMilliseconds(20));
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, _peer, turn.Token);
                _peer = received.RemoteEndPoint;
                Handle(buffer.AsSpan(0, received.ReceivedBytes));
            }
            catch (OperationCanceledException)
            {
                _connection?.HandleTimeout(Clock.Now);
                _endpoint?.HandleTimeout(Clock.Now);
            }
            catch (SocketException)
            {
                // The device's socket is gone.
            }

            Follow();
        }
    }

    private void Handle(Span<byte> datagram)
    {
        if (DtlsServer.LooksLikeHello(datagram) && _connection is null or { IsClosed: true })
        {
            var reply = new byte[64];
            var path = new NetworkPath(PeerAddress.From((IPEndPoint)_peer), PeerAddress.From(EndPoint));
            var verdict = _server.HandleHello(Clock.Now, path, datagram, reply, out var length);
            if (length > 0)
            {
                _socket.SendTo(reply.AsSpan(0, length), _peer);
            }

            if (verdict.Hello is { } hello)
            {
                _connection = _server.Accept(Clock.Now, hello);
                _endpoint = new CoapEndpoint(new CriticalOptions(OptionNumber.UriPath, OptionNumber.UriHost, OptionNumber.UriQuery), TransmissionParameters.Default, new SystemEntropy());
            }

            return;
        }

        while (!datagram.IsEmpty && _connection is not null)
        {
            if (_connection.HandleRecord(Clock.Now, ref datagram, out var message) != RecordOutcome.ApplicationData)
            {
                continue;
            }

            switch (_endpoint!.HandleDatagram(Clock.Now, message, out var request, out var exchange).Kind)
            {
                case ReceptionKind.Request:
                    Answer(request, exchange);
                    break;
                case ReceptionKind.FirstBlock:
                    _endpoint.TakeFirstBlock(Clock.Now, exchange, request, 100_000);
                    break;
            }
        }
    }

    private void Answer(in CoapMessage request, Exchange exchange)
    {
        Requests.Add($"{request.Type} {request.Code} {Encoding.UTF8.GetString(request.Payload)}");
        var path = request.TryGetOption(OptionNumber.UriPath, out var segment) ? Encoding.UTF8.GetString(segment) : "";
        if (path == "slow")
        {
            _slow = exchange;
        }
        else if (path == "away")
        {
            var options = new OptionWriter(new byte[16]);
            options.Write(OptionNumber.MaxAge, 7u);
            _endpoint!.Respond(Clock.Now, exchange, CoapCode.ServiceUnavailable, options.Written, "no-upstream: retry"u8);
        }
        else if (path == "echo")
        {
            _endpoint!.Respond(Clock.Now, exchange, CoapCode.Content, default, request.Payload);
        }
        else if (path == "value")
        {
            var isRegistration = request.TryGetUInt32(OptionNumber.Observe, out var observe) && observe == 0;
            _observer = new Token(request.Token);
            _endpoint!.Respond(Clock.Now, exchange, CoapCode.Content, default, new string('0', 3000).Select(c => (byte)c).ToArray().AsMemory(), isRegistration);
        }
        else if (path == "change")
        {
            _endpoint!.Respond(Clock.Now, exchange, CoapCode.Changed);
            _endpoint.Notify(Clock.Now, _observer, CoapCode.Content, default, request.Payload.ToArray(), confirmable: true, out _);
        }
        else if (path == "gone")
        {
            _endpoint!.Respond(Clock.Now, exchange, CoapCode.Changed);
            _endpoint.Notify(Clock.Now, _observer, CoapCode.NotFound, default, default, confirmable: true, out _);
        }
        else if (path != "never")
        {
            _endpoint!.Respond(Clock.Now, exchange, CoapCode.Changed);
        }
    }

    private void Follow()
    {
        if (_closing)
        {
            _connection?.Close();
        }

        while (_connection?.TryTakeWork(out var work) == true)
        {
            _connection.HandleWork(
                Clock.Now, work is SessionLookup lookup ? lookup.Answer(_sessions.GetValueOrDefault(lookup.Id)) : work.Run(DateTimeOffset.UtcNow));
        }

        var buffer = new byte[2048];
        while (_connection?.TryTakeTransmit(buffer, out var length) == true)
        {
            _socket.SendTo(buffer.AsSpan(0, length), _peer);
        }

        while (_connection?.TryTakeEvent(out var what) == true)
        {
            if (what is DtlsEvent.HandshakeCompleted { Session: { } session })
            {
                _sessions.Add(session.Id, session);
            }

            if (what is DtlsEvent.HandshakeFailed failed)
            {
                _refusals.Writer.TryWrite($"{failed.Reason} {(int?)failed.Alert}");
            }
            else if (what is DtlsEvent.Closed closed)
            {
                _closed.TrySetResult(closed.Reason);
            }
        }

        SendMessages(buffer);
    }

    private void SendMessages(byte[] buffer)
    {
        var message = new byte[CoapMessage.MaxLength];
        while (_endpoint?.TryTakeTransmit(message, out var length) == true)
        {
            if (_connection!.TrySeal(message.AsSpan(0, length), buffer, out var size))
            {
                _socket.SendTo(buffer.AsSpan(0, size), _peer);
            }

            // The empty ACK of the slow request: now comes the separate response.
            if (_slow is { } exchange && length == CoapMessage.HeaderLength)
            {
                _slow = null;
                _endpoint.Respond(Clock.Now, exchange, CoapCode.Content, payload: "late"u8);
            }
        }
    }
}
