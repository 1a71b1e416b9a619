using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls;

/// <summary>Seeded noise: no exception, bounded memory, and an established connection that does not notice.</summary>
public sealed class FuzzTests
{
    private static readonly Lazy<byte[][]> RealDatagrams = new(() =>
    {
        var datagrams = new List<byte[]>();
        var pair = new DtlsPair(1, DtlsPair.DefaultServer with { MaximumDatagram = 500 }, DtlsPair.DefaultClient with { MaximumDatagram = 500 });
        pair.Network = (_, datagram) =>
        {
            datagrams.Add(datagram);
            return [(TimeSpan.FromMilliseconds(1), datagram)];
        };
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        pair.SendToServer("data");
        return [.. datagrams];
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Noise_does_not_touch_an_established_connection(int seed)
    {
        const int Inputs = 15_000;
        var random = new Random(seed);
        var client = new RogueClient().Handshake();
        var inputs = Enumerable.Range(0, Inputs).Select(_ => Noise(random)).ToArray();
        var delivered = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var input in inputs)
        {
            var rest = input.AsSpan();
            while (!rest.IsEmpty)
            {
                delivered += client.Target.HandleRecord(client.Now, ref rest, out _) == RecordOutcome.ApplicationData ? 1 : 0;
            }
        }

        // The runtime may set something up at a first call; one byte for each input would be 15,000.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Inputs / 2);
        Assert.Equal(0, delivered);
        client.SendRecord(ContentType.ApplicationData, "canary"u8, isProtected: true);
        Assert.True(client.Delivered.Count == 1, $"seed {seed}");
        Assert.Single(client.Events);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Noise_at_the_door_is_answered_briefly_or_not_at_all(int seed)
    {
        var random = new Random(seed);
        var client = new RogueClient();
        for (var round = 0; round < 15_000; round++)
        {
            var input = Noise(random);
            var verdict = client.Say(input);
            Assert.InRange(client.Reply.Length, 0, Math.Max(0, input.Length - 1));
            Assert.NotEqual(HelloOutcome.Accepted, verdict.Outcome);
        }

        client.Handshake();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Noise_in_a_handshake_costs_that_handshake_at_most(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var client = ServerAt(random, round);
            var inputs = Enumerable.Range(0, 40).Select(_ => Noise(random)).ToArray();
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var input in inputs)
            {
                client.Deliver(input);
            }

            // Reassembly 16 KiB, records held back, the test's own copies.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
            client.HoldWork = false;
            client.RunWork();
            Assert.Empty(client.Delivered);
            client.Advance(TimeSpan.FromSeconds(200));
            Assert.True(client.Target.IsClosed || client.Target.IsEstablished, $"seed {seed}, round {round}");
            Assert.Null(client.Target.IsClosed ? client.Target.NextDeadline : null);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_order_of_operations_leaves_the_engine_whole(int seed)
    {
        var random = new Random(seed);
        var connected = 0;
        for (var round = 0; round < 250; round++)
        {
            var client = new RogueClient(seed: (seed * 1000) + round).Begin();
            for (var step = 0; step < 25; step++)
            {
                Operate(client, random);
                Assert.True(client.Delivered.Count == 0 || client.Target.IsEstablished || client.Target.IsClosed);
            }

            connected += client.Target.IsEstablished ? 1 : 0;
            Assert.InRange(client.Events.Count, 0, 2);
            Assert.True(client.Events.Count(what => what is DtlsEvent.HandshakeCompleted) <= 1, $"seed {seed}, round {round}");
        }

        Assert.InRange(connected, 0, 249);
    }

    private static RogueClient ServerAt(Random random, int round)
    {
        var client = new RogueClient(seed: round).Begin();
        client.HoldWork = random.Next(2) == 0;
        var steps = random.Next(5);
        _ = steps > 0 ? client.SendCertificate() : client;
        _ = steps > 1 ? client.SendKeyExchange() : client;
        _ = steps > 2 ? client.SendCertificateVerify().Derive() : client;
        _ = steps > 3 ? client.ChangeCipherSpec() : client;
        return client;
    }

    private static void Operate(RogueClient client, Random random)
    {
        switch (random.Next(16))
        {
            case 0 or 1:
                client.SendCertificate();
                break;
            case 2 or 3:
                client.SendKeyExchange();
                break;
            case 4 or 5:
                client.SendCertificateVerify();
                _ = client.Schedule is null ? client.Derive() : client;
                break;
            case 6 or 7:
                client.ChangeCipherSpec();
                break;
            case 8:
                _ = client.Schedule is null ? client : client.SendFinished();
                break;
            case 9:
                client.HoldWork = !client.HoldWork;
                break;
            case 10:
                client.RunWork();
                break;
            case 11:
                client.Advance(TimeSpan.FromMilliseconds(random.Next(3000)));
                break;
            case 12:
                client.Deliver(Noise(random));
                break;
            case 13:
                client.NextMessage = (ushort)random.Next(8);
                break;
            case 14:
                client.SendRecord((ContentType)random.Next(19, 27), new byte[random.Next(30)], client.Records.WritesProtected);
                break;
            default:
                client.SendRecord(ContentType.ApplicationData, "data"u8, client.Records.WritesProtected && random.Next(2) == 0);
                break;
        }
    }

    private static byte[] Noise(Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                var bytes = new byte[random.Next(200)];
                random.NextBytes(bytes);
                return bytes;
            case 1:
                // A header that fits, and anything in it.
                var content = new byte[random.Next(120)];
                random.NextBytes(content);
                return RoguePeer.Plain((ContentType)random.Next(18, 28), content, (ulong)random.Next(100), (ushort)random.Next(3));
            case 2:
                var fragment = new byte[random.Next(100)];
                random.NextBytes(fragment);
                return RoguePeer.Plain(ContentType.Handshake, RoguePeer.Fragment(
                    (HandshakeType)random.Next(0, 25), (ushort)random.Next(0, 9), random.Next(1 << random.Next(1, 24)), random.Next(200), fragment));
            default:
                var real = RealDatagrams.Value[random.Next(RealDatagrams.Value.Length)].ToArray();
                for (var count = random.Next(1, 5); count > 0; count--)
                {
                    real[random.Next(real.Length)] = (byte)random.Next(256);
                }

                return random.Next(3) == 0 ? real[..random.Next(real.Length)] : real;
        }
    }
}
