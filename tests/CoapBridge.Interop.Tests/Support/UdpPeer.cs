using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Interop.Tests.Support;

/// <summary>One of our DTLS ends on a real loopback socket, with a thread of its own.</summary>
internal sealed class UdpPeer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentQueue<Action<DtlsConnection>> _orders = [];
    private readonly Dictionary<SessionId, DtlsSession> _sessions = [];
    private readonly DtlsServer? _server;
    private readonly Thread _thread;
    private volatile bool _stopped;
    private EndPoint _remote = new IPEndPoint(IPAddress.Loopback, 0);
    private VerifiedHello? _hello;
    private DtlsConnection? _connection;

    private UdpPeer(DtlsServer? server, DtlsSettings? client, int port, DtlsSession? session = null)
    {
        _server = server;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        if (client is not null)
        {
            _remote = new IPEndPoint(IPAddress.Loopback, port);
            _connection = DtlsClient.Connect(client, new SystemEntropy(), Now, session: session);
        }

        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    public int Port { get; }

    public BlockingCollection<string> Received { get; } = [];

    public BlockingCollection<DtlsEvent> Events { get; } = [];

    public int LargestReceived { get; private set; }

    private static Instant Now => new(Stopwatch.GetElapsedTime(0).Ticks);

    public static UdpPeer Serve(DtlsSettings settings) =>
        new(new DtlsServer(settings, new HelloVerifier(RandomNumberGenerator.GetBytes(32)), new SystemEntropy()), null, 0);

    public static UdpPeer Connect(DtlsSettings settings, int port, DtlsSession? session = null) => new(null, settings, port, session);

    public DtlsEvent NextEvent() =>
        Events.TryTake(out var what, TimeSpan.FromSeconds(20)) ? what : throw new TimeoutException("No event within 20 s.");

    public string NextText() =>
        Received.TryTake(out var text, TimeSpan.FromSeconds(20)) ? text : throw new TimeoutException("No data within 20 s.");

    public void Send(string text) => _orders.Enqueue(connection =>
    {
        var buffer = new byte[2048];
        if (connection.TrySeal(Encoding.UTF8.GetBytes(text), buffer, out var length))
        {
            _socket.SendTo(buffer.AsSpan(0, length), _remote);
        }
    });

    public void Close() => _orders.Enqueue(connection => connection.Close());

    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        _socket.Dispose();
        Received.Dispose();
        Events.Dispose();
    }

    private void Run()
    {
        var buffer = new byte[65536];
        while (!_stopped)
        {
            if (_connection is not null)
            {
                _connection.HandleTimeout(Now);
                while (_orders.TryDequeue(out var order))
                {
                    order(_connection);
                }

                Drain(_connection);
            }

            if (!_socket.Poll(TimeSpan.FromMilliseconds(5), SelectMode.SelectRead))
            {
                continue;
            }

            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            var length = _socket.ReceiveFrom(buffer, ref from);
            _remote = from;
            LargestReceived = Math.Max(LargestReceived, length);
            Handle(buffer.AsSpan(0, length));
        }
    }

    private void Handle(Span<byte> datagram)
    {
        if (_server is not null && DtlsServer.LooksLikeHello(datagram))
        {
            var reply = new byte[64];
            var path = new NetworkPath(PeerAddress.From((IPEndPoint)_remote), PeerAddress.FromIPv4(0x7F000001, (ushort)Port));
            var verdict = _server.HandleHello(Now, path, datagram, reply, out var length);
            if (length > 0)
            {
                _socket.SendTo(reply.AsSpan(0, length), _remote);
            }

            if (verdict.Hello is { } hello && hello.Fingerprint != _hello?.Fingerprint)
            {
                _hello = hello;
                _connection = _server.Accept(Now, hello);
                return;
            }
        }

        while (_connection is not null && !datagram.IsEmpty)
        {
            if (_connection.HandleRecord(Now, ref datagram, out var data) == RecordOutcome.ApplicationData)
            {
                Received.Add(Encoding.UTF8.GetString(data));
            }
        }
    }

    private void Drain(DtlsConnection connection)
    {
        while (connection.TryTakeWork(out var work))
        {
            connection.HandleWork(
                Now, work is SessionLookup lookup ? lookup.Answer(_sessions.GetValueOrDefault(lookup.Id)) : work.Run(DateTimeOffset.UtcNow));
        }

        var buffer = new byte[2048];
        while (connection.TryTakeTransmit(buffer, out var length))
        {
            _socket.SendTo(buffer.AsSpan(0, length), _remote);
        }

        while (connection.TryTakeEvent(out var what))
        {
            if (what is DtlsEvent.HandshakeCompleted { Session: { } session })
            {
                _sessions[session.Id] = session;
            }

            Events.Add(what);
        }
    }

    private sealed class SystemEntropy : IEntropy
    {
        public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
    }
}
