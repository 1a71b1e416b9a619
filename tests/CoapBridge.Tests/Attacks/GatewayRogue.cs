using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Fuzz;
using CoapBridge.Tests.Dtls;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Attacks;

/// <summary>The rogue client, let loose on a whole shard. Its certificate is a device's.</summary>
internal sealed class GatewayRogue(ShardUnderTest shard, byte path) : RogueClient
{
    public static readonly TestIdentity Intruder = new(FixedParty.Intruder.Certificate, FixedParty.Intruder.OpenKey());

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
}
