using CoapBridge.Dtls;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Fuzz;
using CoapBridge.Tests.Dtls;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Attacks;

/// <summary>The rogue client, let loose on a whole shard. Its certificate is a device's.</summary>
internal sealed class GatewayRogue(ShardUnderTest shard, byte path) : RogueClient
{
    public static readonly TestIdentity Intruder = new(FixedParty.Intruder.Certificate, FixedParty.Intruder.OpenKey());

    /// <summary>What is held back instead of sent; see <see cref="HoldBack"/>.</summary>
    private List<byte[]>? _held;

    /// <summary>The secret of the session that the hello wants.</summary>
    public KeySchedule? Earlier { get; init; }

    public bool IsResumed => Earlier is not null && ServerHello.SessionId.AsSpan().SequenceEqual(Hello.SessionId);

    /// <summary>What it would have sent meanwhile.</summary>
    public List<byte[]> HoldBack(Action<GatewayRogue> say)
    {
        var held = _held = [];
        say(this);
        _held = null;
        return held;
    }

    /// <summary>Hello, cookie, hello; what comes of it depends on the hello.</summary>
    public override GatewayRogue Begin()
    {
        Raw(HelloDatagram((Hello with { Cookie = [] }).ToBytes()));
        if (Reply is not [22, ..])
        {
            return this;
        }

        var body = (Hello with { Cookie = CookieOf(Reply) }).ToBytes();
        Transcript.Add(HandshakeType.ClientHello, 1, body);
        NextMessage = 2;
        Deliver(HelloDatagram(body, 1, 1));
        return this;
    }

    /// <summary>A datagram whose answer is only looked at.</summary>
    public void Raw(byte[] datagram, byte? from = null)
    {
        shard.Receive(from ?? path, [.. datagram]);
        Reply = shard.SentTo(from ?? path).FirstOrDefault() ?? [];
    }

    public override void Deliver(byte[] datagram)
    {
        if (_held is not null)
        {
            _held.Add(datagram);
            return;
        }

        shard.Receive(path, [.. datagram]);
        Drain();
        if (!HoldWork)
        {
            shard.RunWork();
            Drain();
        }
    }

    public override void Advance(TimeSpan time)
    {
        shard.Pass(time);
        Drain();
    }

    public override void Drain()
    {
        foreach (var datagram in shard.SentTo(path))
        {
            Hear(datagram);
        }
    }

    protected override void OnMessage(in HandshakeMessage message)
    {
        base.OnMessage(message);
        if (message.Type != HandshakeType.ServerHello)
        {
            return;
        }

        if (ServerHello.Extensions.ConnectionId is { } id)
        {
            Records.SendConnectionId = id;
            Records.ReceiveConnectionId = Hello.Extensions.Single(extension => extension.Type == 54).Body[1..];
        }

        if (IsResumed)
        {
            Restore(Earlier!, DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8);
        }
    }
}
