using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz;

/// <summary>A shard with all that it needs around it, and nothing that differs from one process to the next.</summary>
internal sealed class ShardUnderTest
{
    public const int MaximumHandshakes = 8;

    private static readonly IPeerVerifier Verifier = new DevicePeerVerifier(new DeviceCertificatePolicy(
        TrustAnchors.TryCreate([FixedParty.Ca], out _)!, new DevicePolicySettings { OwnCertificates = [FixedParty.Gateway.Certificate] }));

    private static readonly AccessPolicy Policy = AccessPolicy.TryParse(
        """{"Version":"1","Statement":[{"Effect":"Allow","Action":["Publish","Retain"],"Resource":["devices/${device}/*"]}]}"""u8, out _)!;

    // Few, so that one device could drive out another's if it were let.
    private readonly SessionStore _sessions = new(new SessionStoreSettings { Capacity = 16 });
    private readonly Queue<ShardWork> _work = new();
    private readonly Queue<Publish> _publishes = new();
    private readonly Dictionary<NetworkPath, Queue<byte[]>> _sent = [];
    private readonly byte[] _buffer = new byte[2048];

    public ShardUnderTest(ShardSettings? settings = null)
    {
        Shard = new Shard(settings ?? Settings, new ReplayEntropy(3));
        Upstream(1);
    }

    public static ShardSettings Settings { get; } = new()
    {
        Shard = 0,
        ConnectionIdLength = 8,
        Generation = new Generation
        {
            Dtls = FixedParty.Gateway.Settings(Verifier) with { ResumesSessions = true },
            Relay = new RelaySettings { Gateway = "gateway-1", Policy = Policy },
        },
        HelloVerifier = new HelloVerifier(new byte[32]),
        MaximumHandshakes = MaximumHandshakes,
    };

    public Shard Shard { get; }

    public Instant Now { get; private set; } = new(1L << 50);

    /// <summary>Publishes since <see cref="Forget"/> that wait for their receipt.</summary>
    public int Published => _publishes.Count;

    /// <summary>What was published so far was expected.</summary>
    public void ForgetPublishes() => Publishes = 0;

    /// <summary>Handshakes that were completed.</summary>
    public int Connections { get; private set; }

    /// <summary>Publishes in all.</summary>
    public int Publishes { get; private set; }

    public void Forget() => _publishes.Clear();

    public void Receive(byte path, byte[] datagram)
    {
        Shard.HandleDatagram(Now, PathOf(path), datagram);
        Drain();
    }

    /// <summary>An honest handshake: what the device said, or null if it did not get through.</summary>
    public List<byte[]>? Connect(LiveDevice device, byte path)
    {
        var said = new List<byte[]>();
        for (var turn = 0; turn < 20 && !device.IsEstablished; turn++)
        {
            foreach (var datagram in device.Says(Now))
            {
                said.Add(datagram);
                Receive(path, [.. datagram]);
                RunWork();
            }

            foreach (var answer in SentTo(path))
            {
                device.Hear(Now, answer);
            }
        }

        return device.IsEstablished ? said : null;
    }

    public void RunWork()
    {
        while (_work.TryDequeue(out var work))
        {
            Shard.HandleWork(Now, work.Run(FixedParty.Time));
            Drain();
        }
    }

    public void GiveReceipt(byte how)
    {
        if (_publishes.TryDequeue(out var publish))
        {
            var outcome = how < 128 ? ReceiptOutcome.Acknowledged : (ReceiptOutcome)(how % 8);
            Shard.HandleReceipt(Now, new Receipt(publish.Ticket, outcome, how is > 0 and < 32 ? (MqttReasonCode)(0x80 + how) : MqttReasonCode.Success));
            Drain();
        }
    }

    public void Upstream(byte state)
    {
        Shard.HandleUpstream(new UpstreamStatus((UpstreamState)(state % 3)));
        Drain();
    }

    public void Pass(TimeSpan time)
    {
        var end = Now + time;
        for (var turns = 0; Shard.NextDeadline is { } due && due <= end; turns++)
        {
            if (turns > 20_000)
            {
                throw new OracleException("time stands still");
            }

            Now = due > Now ? due : Now;
            Shard.HandleTimeout(Now);
            Drain();
        }

        Now = end;
    }

    /// <summary>What was sent to a path and not asked for yet.</summary>
    public IEnumerable<byte[]> SentTo(byte path)
    {
        while (_sent.TryGetValue(PathOf(path), out var queue) && queue.TryDequeue(out var datagram))
        {
            yield return datagram;
        }
    }

    private static NetworkPath PathOf(byte path) =>
        new(PeerAddress.FromIPv4(0x0A000100 + (uint)path, 40_000), PeerAddress.FromIPv4(0x0A000001, 5684));

    private void Drain()
    {
        while (Shard.TryTakeSessionMessage(out var message))
        {
            _sessions.HandleMessage(Now, message);
            while (_sessions.TryTakeAnswer(out _, out var answer))
            {
                Shard.HandleWork(Now, answer);
            }
        }

        while (Shard.TryTakeWork(out var work))
        {
            _work.Enqueue(work);
        }

        while (Shard.TryTakePublish(out var publish))
        {
            Publishes++;
            _publishes.Enqueue(publish);
        }

        for (var count = 0; Shard.TryTakeTransmit(_buffer, out var path, out var length); count++)
        {
            if (count > 2000)
            {
                throw new OracleException("does not stop sending");
            }

            if (!_sent.TryGetValue(path, out var queue))
            {
                _sent[path] = queue = new Queue<byte[]>();
            }

            queue.Enqueue(_buffer[..length]);
            if (queue.Count > 100)
            {
                queue.Dequeue();
            }
        }

        while (Shard.TryTakeEvent(out var what))
        {
            Connections += what is GatewayEvent.Connected ? 1 : 0;
        }
    }
}
