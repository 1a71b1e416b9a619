using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Dtls;

/// <summary>
/// A client and a server in one thread, with virtual time and a network that a test may tamper with. Work runs at once
/// unless a test holds it back.
/// </summary>
internal sealed class DtlsPair
{
    public static readonly TestIdentity ServerIdentity = new("server");
    public static readonly TestIdentity ClientIdentity = new("client");

    private readonly NetworkPath _path = new(PeerAddress.FromIPv4(0x7F000001, 40000), PeerAddress.FromIPv4(0x7F000001, 5684));
    private readonly PriorityQueue<(bool ToServer, byte[] Datagram), (Instant, int)> _network = new();
    private readonly PriorityQueue<(DtlsConnection Owner, DtlsWorkResult Result), (Instant, int)> _work = new();
    private readonly SeededEntropy _entropy;
    private readonly byte[]? _serverConnectionId;
    private VerifiedHello? _hello;
    private int _sent;

    public DtlsPair(
        int seed = 1, DtlsSettings? server = null, DtlsSettings? client = null, byte[]? clientConnectionId = null, byte[]? serverConnectionId = null,
        DtlsSession? session = null)
    {
        _entropy = new SeededEntropy(seed);
        Now = new Instant(new Random(seed).NextInt64(1L << 40, 1L << 60));
        var secret = new byte[32];
        _entropy.Fill(secret);
        Server = new DtlsServer(server ?? DefaultServer, new HelloVerifier(secret), _entropy);
        Client = DtlsClient.Connect(client ?? DefaultClient, _entropy, Now, clientConnectionId, session);
        _serverConnectionId = serverConnectionId;
    }

    public static DtlsSettings DefaultServer { get; } = new() { Credentials = ServerIdentity.Credentials, Verifier = new TestVerifier() };

    public static DtlsSettings DefaultClient { get; } = new() { Credentials = ClientIdentity.Credentials, Verifier = new TestVerifier() };

    /// <summary>What the server's look-ups find.</summary>
    public Dictionary<SessionId, DtlsSession> Sessions { get; init; } = [];

    public Instant Now { get; private set; }

    public DtlsServer Server { get; }

    public DtlsConnection Client { get; set; }

    public DtlsConnection? ServerConnection { get; private set; }

    public List<DtlsEvent> ServerEvents { get; } = [];

    public List<DtlsEvent> ClientEvents { get; } = [];

    public List<byte[]> ReceivedByServer { get; } = [];

    public List<byte[]> ReceivedByClient { get; } = [];

    public List<RecordOutcome> ServerOutcomes { get; } = [];

    /// <summary>What the network does to a datagram: the delays with which copies of it arrive (none: it is lost).</summary>
    public Func<bool, byte[], IEnumerable<(TimeSpan Delay, byte[] Datagram)>> Network { get; set; } =
        (_, datagram) => [(TimeSpan.FromMilliseconds(10), datagram)];

    /// <summary>How long each work item takes.</summary>
    public Func<TimeSpan> WorkTime { get; set; } = () => TimeSpan.Zero;

    /// <summary>How many datagrams were sent, lost ones among them.</summary>
    public int Sent { get; private set; }

    public bool IsConnected => Client.IsEstablished && ServerConnection is { IsEstablished: true };

    public static DtlsPair Connected(int seed = 1)
    {
        var pair = new DtlsPair(seed);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(30));
        Assert.True(pair.IsConnected);
        return pair;
    }

    public void RunFor(TimeSpan time) => RunUntil(() => false, time);

    public void RunUntil(Func<bool> done, TimeSpan limit)
    {
        var end = Now + limit;
        Drain();
        while (!done())
        {
            Instant? next = _network.TryPeek(out _, out var due) ? due.Item1 : null;
            next = Instant.Earliest(next, _work.TryPeek(out _, out due) ? due.Item1 : null);
            next = Instant.Earliest(next, Instant.Earliest(Client.NextDeadline, ServerConnection?.NextDeadline));
            if (next is not { } wake || wake > end)
            {
                Now = end;
                return;
            }

            Now = wake > Now ? wake : Now;
            while (_network.TryPeek(out _, out due) && due.Item1 <= Now)
            {
                var (toServer, datagram) = _network.Dequeue();
                Deliver(toServer, datagram);
            }

            while (_work.TryPeek(out _, out due) && due.Item1 <= Now)
            {
                var (owner, result) = _work.Dequeue();
                owner.HandleWork(Now, result);
            }

            Client.HandleTimeout(Now);
            ServerConnection?.HandleTimeout(Now);
            Drain();
        }
    }

    public void SendToServer(string text)
    {
        var buffer = new byte[2048];
        Assert.True(Client.TrySeal(System.Text.Encoding.UTF8.GetBytes(text), buffer, out var length));
        Transmit(true, buffer[..length]);
    }

    public void Transmit(bool toServer, byte[] datagram)
    {
        Sent++;
        foreach (var (delay, copy) in Network(toServer, datagram))
        {
            _network.Enqueue((toServer, copy), (Now + delay, _sent++));
        }
    }

    public void Deliver(bool toServer, byte[] datagram)
    {
        if (!toServer)
        {
            Read(Client, datagram, ReceivedByClient, []);
            return;
        }

        if (DtlsServer.LooksLikeHello(datagram))
        {
            var reply = new byte[64];
            var verdict = Server.HandleHello(Now, _path, datagram, reply, out var length);
            if (length > 0)
            {
                Transmit(false, reply[..length]);
            }

            if (verdict.Hello is { } hello && hello.Fingerprint != _hello?.Fingerprint)
            {
                _hello = hello;
                ServerConnection = Server.Accept(Now, hello, _serverConnectionId);
                Drain();
                return;
            }
        }

        if (ServerConnection is { } connection)
        {
            Read(connection, datagram, ReceivedByServer, ServerOutcomes);
        }
    }

    private void Read(DtlsConnection connection, byte[] datagram, List<byte[]> received, List<RecordOutcome> outcomes)
    {
        var rest = datagram.ToArray().AsSpan();
        while (!rest.IsEmpty)
        {
            var outcome = connection.HandleRecord(Now, ref rest, out var data);
            outcomes.Add(outcome);
            if (outcome == RecordOutcome.ApplicationData)
            {
                received.Add(data.ToArray());
            }
        }

        Drain();
    }

    private void Drain()
    {
        Drain(Client, toServer: true, ClientEvents);
        if (ServerConnection is { } server)
        {
            Drain(server, toServer: false, ServerEvents);
        }
    }

    private void Drain(DtlsConnection connection, bool toServer, List<DtlsEvent> events)
    {
        var buffer = new byte[2048];
        while (connection.TryTakeWork(out var work))
        {
            var result = work is SessionLookup lookup
                ? lookup.Answer(Sessions.GetValueOrDefault(lookup.Id))
                : work.Run(DateTimeOffset.UtcNow);
            var time = WorkTime();
            if (time > TimeSpan.Zero)
            {
                _work.Enqueue((connection, result), (Now + time, _sent++));
                continue;
            }

            connection.HandleWork(Now, result);
        }

        while (connection.TryTakeTransmit(buffer, out var length))
        {
            Transmit(toServer, buffer[..length]);
        }

        while (connection.TryTakeEvent(out var what))
        {
            events.Add(what);
        }
    }
}
