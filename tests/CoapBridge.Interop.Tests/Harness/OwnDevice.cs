using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Network;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>Our own DTLS client on a real socket: it stays connected, and it can do what foreign clients will not.</summary>
internal sealed class OwnDevice : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly DtlsConnection _connection;
    private readonly AcceptAnyone _verifier = new();
    private readonly byte[] _buffer = new byte[4096];
    private ushort _messageId = (ushort)Random.Shared.Next(65536);

    /// <param name="gateway">Where it goes.</param>
    /// <param name="credentials">Its certificate and key.</param>
    /// <param name="connectionId">What it wants to receive (RFC 9146 §3); null: no Connection IDs.</param>
    public OwnDevice(IPEndPoint gateway, DtlsCredentials credentials, byte[]? connectionId = null)
    {
        _socket.Connect(gateway);
        var settings = new DtlsSettings { Credentials = credentials, Verifier = _verifier };
        _connection = DtlsClient.Connect(settings, new SystemEntropy(), Clock.Now, connectionId);
    }

    public bool IsConnected => _connection.IsEstablished;

    /// <summary>Of the certificate that the gateway showed, in hex.</summary>
    public string? GatewaySerialNumber => _verifier.SerialNumber;

    public DtlsEvent.HandshakeFailed? Failure { get; private set; }

    public DtlsEvent.Closed? Closed { get; private set; }

    /// <summary>Codes of the messages received, with their types: "Acknowledgement 2.04".</summary>
    public List<(MessageType Type, CoapCode Code)> Answers { get; } = [];

    /// <summary>The datagrams that it sent.</summary>
    public List<byte[]> Sent { get; } = [];

    public static OwnDevice Of(WorkerProcess worker, IssuedCertificate certificate, byte[]? connectionId = null) =>
        Of(worker.EndPoint, certificate, connectionId);

    public static OwnDevice Of(IPEndPoint gateway, IssuedCertificate certificate, byte[]? connectionId = null)
    {
        var key = certificate.OpenEcdsa();
        return new(gateway, DtlsCredentials.FromEcdsa([certificate.Der], key), connectionId);
    }

    public async Task ConnectAsync()
    {
        await RunUntilAsync(() => IsConnected || Failure is not null);
        Assert.True(IsConnected, $"{Failure}");
    }

    /// <summary>Sends a confirmable POST; <see cref="Answers"/> gets what comes back.</summary>
    public void Post(string payload, string path = "t")
    {
        var message = new CoapWriter(_buffer, MessageType.Confirmable, CoapCode.Post, ++_messageId, [1]);
        message.WriteOption(OptionNumber.UriPath, path);
        message.WritePayload(Encoding.UTF8.GetBytes(payload));
        var sealedBuffer = new byte[2048];
        Assert.True(_connection.TrySeal(message.Written, sealedBuffer, out var length));
        Send(sealedBuffer.AsSpan(0, length));
    }

    /// <summary>POST, and the code of the answer.</summary>
    public async Task<string> PostAsync(string payload, string path = "t")
    {
        Answers.Clear();
        Post(payload, path);
        await RunUntilAsync(() => Answers.Any(answer => answer.Code != CoapCode.Empty));
        return Answers.First(answer => answer.Code != CoapCode.Empty).Code.ToString();
    }

    /// <summary>Moves datagrams until the condition holds; fails after 20 s.</summary>
    public async Task RunUntilAsync(Func<bool> done)
    {
        var clock = Stopwatch.StartNew();
        Flush();
        while (!done())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"nothing for 20 s; answers so far: {string.Join(", ", Answers)}; {Failure} {Closed}");
            using var tick = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            tick.CancelAfter(200);
            try
            {
                var length = await _socket.ReceiveAsync(_buffer.AsMemory(), tick.Token);
                Take(_buffer.AsSpan(0, length));
            }
            catch (OperationCanceledException)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                _connection.HandleTimeout(Clock.Now);
            }

            Flush();
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Take(Span<byte> datagram)
    {
        while (!datagram.IsEmpty)
        {
            if (_connection.HandleRecord(Clock.Now, ref datagram, out var data) == RecordOutcome.ApplicationData
                && CoapMessage.TryParse(data, out var message, out _))
            {
                Answers.Add((message.Type, message.Code));
            }
        }
    }

    private void Flush()
    {
        while (_connection.TryTakeWork(out var work))
        {
            _connection.HandleWork(Clock.Now, work.Run(DateTimeOffset.UtcNow));
        }

        var buffer = new byte[2048];
        while (_connection.TryTakeTransmit(buffer, out var length))
        {
            Send(buffer.AsSpan(0, length));
        }

        while (_connection.TryTakeEvent(out var what))
        {
            Failure ??= what as DtlsEvent.HandshakeFailed;
            Closed ??= what as DtlsEvent.Closed;
        }
    }

    private void Send(ReadOnlySpan<byte> datagram)
    {
        Sent.Add(datagram.ToArray());
        _socket.Send(datagram);
    }

    /// <summary>The gateway's certificate is not what these tests are about.</summary>
    private sealed class AcceptAnyone : IPeerVerifier
    {
        public string? SerialNumber { get; private set; }

        public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(chain[0]);
            SerialNumber = certificate.SerialNumber;
            using var key = certificate.GetECDsaPublicKey();
            var point = key!.ExportParameters(false).Q;
            return PeerVerdict.Accept([4, .. point.X!, .. point.Y!], "gateway", certificate.Subject, certificate.Issuer);
        }
    }
}
