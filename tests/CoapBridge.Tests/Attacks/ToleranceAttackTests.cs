using System.Reflection;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Fuzz;
using CoapBridge.Gateway;
using CoapBridge.Tests.Dtls.Rogue;
using CoapBridge.Wire;
using static CoapBridge.Tests.Attacks.AttackTests;
using static CoapBridge.Tests.Dtls.Rogue.RoguePeer;

namespace CoapBridge.Tests.Attacks;

/// <summary>The entries of ATTACKS.md whose peer is odd, unlucky or many, but within its rights: it is served too. See <see cref="AttackTests"/>.</summary>
public sealed class ToleranceAttackTests
{
    private static readonly Dictionary<string, Action<GatewayUnderAttack>> OnRecords = new()
    {
        ["A15"] = world =>
        {
            // How long it takes is the benchmark's matter; that each request is answered at once is this one's.
            Each(Enumerable.Range(0, 20), round =>
            {
                Each(Enumerable.Range(0, 250), number => world.Rogue().Raw(RogueClient.HelloDatagram(world.Rogue().Hello.ToBytes()), (byte)(2 + (number % 7))));
                world.Rogue(path: (byte)(2 + (round % 7)), holdWork: true).Begin();
                world.CanaryTalks();
            });
            world.Shard.ForgetPublishes();
        },
        ["B03"] = world =>
        {
            var records = Enumerable.Range(0, 70).Select(_ => world.SealOfCanary()).Reverse().ToList();
            Each(records, record =>
            {
                world.Rogue().Raw(record, GatewayUnderAttack.CanaryPath);
                world.Shard.GiveReceipt(0);
            });
            world.AssertPublished(64);
        },
        ["B13"] = world =>
        {
            var rogue = world.Rogue();
            Established(rogue);
            Each([50, 51, 52], sequence => rogue.Deliver(rogue.SealUnderNonce((ulong)sequence, 7, world.NextPost())));
            world.AssertPublished(3);
        },
        ["B18"] = world =>
        {
            var rogue = world.Rogue();
            Established(rogue);
            var index = (DeviceIndex)typeof(Shard).GetField("_index", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(world.Shard.Shard)!;
            index.Established.Single(link => !link.HasConnectionId).Connection.Records.SkipProtectedSequenceTo(RecordLayer.MaximumSequence - 1);
            Each([1, 2, 3], _ =>
            {
                rogue.SendRecord(ContentType.ApplicationData, world.NextPost(), isProtected: true);
                world.Shard.GiveReceipt(0);
            });
            Assert.Equal(1, world.Shard.Shard.ConnectionCount);
            world.Shard.ForgetPublishes();
        },
        ["B19"] = world =>
        {
            // No epoch follows 1, so none can wrap: not after another ChangeCipherSpec, and not because a header says so.
            var rogue = world.Rogue();
            Established(rogue).SendRecord(ContentType.ChangeCipherSpec, [1], isProtected: true);
            Each([2, 65_534, 65_535], epoch => rogue.Deliver(Plain(ContentType.ApplicationData, new byte[40], 1, (ushort)epoch)));
        },
    };

    private static readonly Dictionary<string, Action<GatewayUnderAttack>> OnFlights = new()
    {
        ["C05"] = world => Cut(world, 50, 20, fragments => fragments),
        ["C09"] = world => Each(Enumerable.Range(1, 3), seed =>
        {
            var random = new Random(seed);
            Cut(world, 17, 17, fragments => fragments.Concat(fragments).OrderBy(_ => random.Next()));
        }),
        ["C14"] = world => Each(
            new (int Limit, HelloBuilder Hello)[] { (512, new HelloBuilder().With(1, 1)), (256, new HelloBuilder().With(28, 1, 0)) }, asked =>
            {
                var rogue = world.Rogue(asked.Hello);
                Completes(world, Established(rogue));
                Assert.All(rogue.Datagrams.SelectMany(LengthsOf), length => Assert.InRange(length, 1, asked.Limit + 24));
            }),
        ["C17"] = world => Cut(world, 1, 1, fragments => fragments),
        ["D07"] = world =>
        {
            var rogue = world.Rogue();
            rogue.Begin().SendCertificate().SendKeyExchange().SendCertificateVerify().Derive();
            Each(rogue.HoldBack(it => it.ChangeCipherSpec().SendFinished()).AsEnumerable().Reverse(), rogue.Deliver);
            Completes(world, rogue);
        },
        ["D20"] = world => Each(Enumerable.Range(0, 10), first => Each(Enumerable.Range(first, 10 - first), second =>
            ConnectsInSpiteOf(world, 1000 + (10 * first) + second, datagram => datagram == first || datagram == second))),
        ["D24"] = world => Each([0, 1], stage =>
        {
            var rogue = world.Rogue(holdWork: stage == 0);
            rogue.Begin();
            rogue.HoldWork = true;
            _ = stage == 0 ? rogue : rogue.SendCertificate().SendKeyExchange().SendCertificateVerify();
            rogue.SendRecord(ContentType.Alert, [2, 40]);
            Assert.Equal(0, world.Shard.Shard.HandshakeCount);
            world.Shard.RunWork();
        }),
    };

    public static TheoryData<string> Ids => new((string[])[.. OnRecords.Keys, .. OnFlights.Keys]);

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_canary_lives_and_so_does_who_is_only_odd(string id)
    {
        var world = new GatewayUnderAttack();
        (OnRecords.GetValueOrDefault(id) ?? OnFlights[id])(world);
        world.AssertUnharmed(connections: 1);
    }

    /// <summary>The rogue is connected: its request is published.</summary>
    internal static void Completes(GatewayUnderAttack world, RogueClient rogue)
    {
        rogue.SendRecord(ContentType.ApplicationData, world.NextPost(), isProtected: true);
        world.AssertPublished(1);
        rogue.Drain();
    }

    /// <summary>A handshake whose messages come in pieces.</summary>
    private static void Cut(GatewayUnderAttack world, int length, int step, Func<List<byte[]>, IEnumerable<byte[]>> order)
    {
        var rogue = world.Rogue();
        rogue.Begin();
        var flight = rogue.HoldBack(it => it.SendCertificate().SendKeyExchange().SendCertificateVerify());
        var pieces = flight.SelectMany(datagram => Pieces(datagram[RecordHeader.Length..], length, step)).ToList();
        Each(order(pieces), piece => rogue.SendRecord(ContentType.Handshake, piece));
        rogue.Derive().ChangeCipherSpec();
        var finished = rogue.Schedule!.ClientVerifyData(rogue.Transcript.CurrentHash());
        var whole = Fragment(HandshakeType.Finished, rogue.NextMessage++, finished.Length, 0, finished);
        Each(order(Pieces(whole, length, step).ToList()), piece => rogue.SendRecord(ContentType.Handshake, piece, isProtected: true));
        Completes(world, rogue);
    }

    private static IEnumerable<byte[]> Pieces(byte[] message, int length, int step)
    {
        var reader = new WireReader(message);
        Assert.True(HandshakeHeader.TryRead(ref reader, out var header, out var bytes));
        var body = bytes.ToArray();
        return Enumerable.Range(0, (body.Length + step - 1) / step).Select(number => number * step).Select(offset =>
            Fragment(header.Type, header.MessageSequence, body.Length, offset, body.AsSpan(offset, Math.Min(length, body.Length - offset))));
    }

    private static IEnumerable<int> LengthsOf(byte[] datagram)
    {
        for (var at = 0; at < datagram.Length;)
        {
            var length = (datagram[at + 11] << 8) | datagram[at + 12];
            yield return length;
            at += RecordHeader.Length + length;
        }
    }

    /// <summary>A device's handshake, some of whose datagrams (counted over both directions) are lost.</summary>
    private static void ConnectsInSpiteOf(GatewayUnderAttack world, int seed, Func<int, bool> isLost)
    {
        var shard = world.Shard;
        Assert.All(shard.SentTo(GatewayUnderAttack.RoguePath), Assert.NotEmpty);
        var device = new LiveDevice(FixedParty.Intruder, seed, null, shard.Now);
        var established = shard.Connections;
        var datagrams = 0;
        for (var turn = 0; turn < 60 && (!device.IsEstablished || shard.Connections == established); turn++)
        {
            var before = datagrams;
            foreach (var said in device.Says(shard.Now).Where(_ => !isLost(datagrams++)).ToList())
            {
                shard.Receive(GatewayUnderAttack.RoguePath, said);
                shard.RunWork();
            }

            Each(shard.SentTo(GatewayUnderAttack.RoguePath).Where(_ => !isLost(datagrams++)).ToList(), heard => device.Hear(shard.Now, heard));
            if (datagrams == before)
            {
                shard.Pass(TimeSpan.FromSeconds(1));
                device.HandleTimeout(shard.Now);
            }
        }

        Assert.True(device.IsEstablished && shard.Connections > established, $"seed {seed}");
    }
}
