using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;
using static CoapBridge.Tests.Dtls.Rogue.RoguePeer;

namespace CoapBridge.Tests.Attacks;

/// <summary>
/// Entry by entry of ATTACKS.md, on a whole shard: whatever the engine's own tests look at in detail, here the canary lives,
/// a newcomer connects and nothing is left behind.
/// </summary>
public sealed class AttackTests
{
    private static readonly Dictionary<string, Action<GatewayUnderAttack>> Before = new()
    {
        ["A01"] = world => world.Rogue().Raw(Hello(new HelloBuilder())),
        ["A02"] = world =>
        {
            for (var number = 0; number < 5000; number++)
            {
                var rogue = world.Rogue();
                rogue.Raw(Hello(rogue.Hello), (byte)(2 + (number % 7)));
                Assert.Equal(0, world.Shard.Shard.HandshakeCount);
            }
        },
        ["A03"] = world =>
        {
            var rogue = world.Rogue();
            rogue.Raw(Hello(rogue.Hello));
            rogue.Raw(Hello(rogue.Hello with { Cookie = RogueClient.CookieOf(rogue.Reply) }, 1), from: 3);
            Assert.Equal(22, rogue.Reply[0]);
            Assert.Equal(0, world.Shard.Shard.HandshakeCount);
        },
        ["A05"] = world =>
        {
            var rogue = world.Rogue();
            rogue.Raw(Hello(rogue.Hello));
            var cookie = RogueClient.CookieOf(rogue.Reply);
            rogue.Advance(TimeSpan.FromMinutes(10));
            rogue.Raw(Hello(rogue.Hello with { Cookie = cookie }, 1));
            Assert.Equal(0, world.Shard.Shard.HandshakeCount);
        },
        ["A08"] = world => Each([1, 17, 100, 255], length => world.Rogue().Raw(Hello(new HelloBuilder { Cookie = new byte[length] }, 1))),
        ["A10"] = world =>
        {
            Begin(world, new HelloBuilder { Suites = [] }, new HelloBuilder { Compression = [] });
            world.Rogue().Raw(Raw([.. new HelloBuilder().ToBytes()[..36], 0, 3, 0xC0, 0xAE, 0, 1, 0]));
        },
        ["A11"] = world => Each([33, 64, 255], length => Begin(world, new HelloBuilder { SessionId = new byte[length] })),
        ["A14"] = world =>
        {
            var random = new Random(14);
            foreach (var length in new[] { 0, 1, 12, 13, 14, 25, 26, 1500, 65_507 })
            {
                foreach (var first in new byte[] { 0, 1, 20, 21, 22, 23, 24, 25, 26, 0x2F, 0x3F, 0x40, 0x80, 0xC0, 255 })
                {
                    var noise = new byte[length];
                    random.NextBytes(noise);
                    _ = length > 0 ? noise[0] = first : first;
                    world.Rogue().Raw(noise);
                    world.Rogue().Raw(noise, GatewayUnderAttack.CanaryPath);
                }
            }
        },
        ["A16"] = world =>
        {
            Each([0, 1, 7, 8, 9, 65_535], number => world.Rogue().Raw(Hello(new HelloBuilder(), (ushort)number)));
            foreach (var number in new[] { 1UL << 32, (1UL << 32) + 1, (1UL << 48) - 1 })
            {
                world.Rogue().Raw(RogueClient.HelloDatagram(new HelloBuilder().ToBytes(), 0, number));
            }
        },
        ["A18"] = world =>
        {
            var rogue = world.Rogue().Begin();
            var flight = rogue.Datagrams.Sum(datagram => datagram.Length);
            rogue.Advance(TimeSpan.FromSeconds(200));
            Assert.InRange(rogue.Datagrams.Sum(datagram => datagram.Length), flight, (7 * flight) + 600);
        },
    };

    private static readonly Dictionary<string, Action<GatewayUnderAttack>> OnRecords = new()
    {
        ["B01"] = world =>
        {
            var record = world.SealOfCanary();
            Each(Enumerable.Range(0, 100), _ => world.Rogue().Raw(record, GatewayUnderAttack.CanaryPath));
            Assert.Equal(1, world.Shard.Publishes);
            world.Shard.GiveReceipt(0);
            world.Shard.ForgetPublishes();
        },
        ["B02"] = world => Each(Enumerable.Range(0, 100), number => ToCanary(world, Forged(world, 7, (byte)(0x80 + number)))),
        ["B05"] = world => AtCanary(world, Plain(ContentType.ApplicationData, "plain"u8)),
        ["B06"] = world => AtCanary(
            world, Plain(ContentType.Alert, [2, 40]), Plain(ContentType.Alert, [1, 0]), Plain(ContentType.ChangeCipherSpec, [1]),
            Plain(ContentType.Handshake, Fragment(HandshakeType.Finished, 5, 12, 0, new byte[12]))),
        ["B07"] = world => Each([1, 2, 3, 65_535], epoch => Each(Enumerable.Range(0, 200), number => AtCanary(
            world, Plain(ContentType.ApplicationData, new byte[40], (ulong)number, (ushort)epoch)))),
        ["B09"] = world => AtCanary(
            world, Plain(ContentType.ApplicationData, new byte[16_385], 1, 1), [.. Plain(ContentType.Alert, [2, 40]), 23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 1]),
        ["B10"] = world => AtCanary(world, Plain((ContentType)24, [1, 0xFF, 0xFF, 1, 2, 3]), Plain((ContentType)24, [1, 0xFF, 0xFF], 3, 1)),
        ["B11"] = world => Each([0xFEFF, 0x0303, 0xFEFC], version => AtCanary(world, Plain(ContentType.ApplicationData, new byte[40], 5, 1, (ushort)version))),
        ["B12"] = world => Each([20, 21, 22, 23], type => Each(Enumerable.Range(0, 2000), _ => AtCanary(world, Plain((ContentType)type, [])))),
        ["B15"] = world =>
        {
            var record = world.SealOfCanary();
            Each(Enumerable.Range(0, 8 * record.Length), bit =>
            {
                var flipped = record.ToArray();
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                world.Rogue().Raw(flipped, GatewayUnderAttack.CanaryPath);
            });
        },
        ["B20"] = world => ToCanary(world, [.. Enumerable.Range(0, 50).SelectMany(number => Plain(ContentType.ApplicationData, new byte[20], (ulong)number, 1))]),
        ["B22"] = world =>
        {
            var rogue = world.Rogue();
            AtFinished(rogue);
            rogue.SendRecord(ContentType.ApplicationData, Convert.FromHexString("44020001A1B2C3D4B174FF32312E35"), isProtected: true);
        },
        ["B24"] = world => Each([24, 26, 27, 99, 255], type =>
        {
            var rogue = world.Rogue();
            Established(rogue).SendRecord((ContentType)type, [1, 2, 3], isProtected: true);
        }),
    };

    private static readonly Dictionary<string, Action<GatewayUnderAttack>> OnFragments = new()
    {
        ["C01"] = world => Handshake(world, [.. Enumerable.Range(2, 16).SelectMany(number => Header(HandshakeType.Certificate, 0xFFFFFF, number, 0, 0))]),
        ["C02"] = world => Handshake(
            world, Fragment(HandshakeType.Certificate, 2, 300, 0, new byte[50]), Fragment(HandshakeType.Certificate, 2, 900, 50, new byte[850])),
        ["C03"] = world => Handshake(world, Header(HandshakeType.Certificate, 300, 2, 5, 0), Header(HandshakeType.Certificate, 300, 2, 300, 0)),
        ["C04"] = world => Handshake(world, [.. Header(HandshakeType.Certificate, 0xFFFFFF, 2, 0xFFFFFF, 0xFFFFFF), .. new byte[40]]),
        ["C08"] = world => Handshake(world, [.. Enumerable.Range(1000, 1000).Select(number => Fragment(HandshakeType.Certificate, (ushort)number, 600, 0, new byte[600]))]),
        ["C11"] = world =>
        {
            var rogue = world.Rogue();
            rogue.Begin().SendCertificate();
            rogue.SendRecord(ContentType.Handshake, Fragment(HandshakeType.Certificate, 2, 3, 0, [0, 0, 0]));
            rogue.SendRecord(ContentType.Handshake, Fragment(HandshakeType.ServerHello, 1, 1, 0, [0]));
        },
        ["C12"] = world =>
        {
            Handshake(world, Fragment(HandshakeType.Certificate, 2, 1 << 20, 0, new byte[100]));
            var rogue = world.Rogue();
            rogue.Begin().SendCertificate([.. Enumerable.Repeat(new byte[] { 1 }, 100)]);
            Assert.Single(rogue.Alerts);
        },
        ["C16"] = world => Handshake(world, [.. Enumerable.Repeat(
            Enumerable.Repeat(Fragment(HandshakeType.Certificate, 2, 8000, 0, [1]), 1000).SelectMany(fragment => fragment).ToArray(), 100)]),
    };

    public static TheoryData<string> Ids => new((string[])[.. Before.Keys, .. OnRecords.Keys, .. OnFragments.Keys]);

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_canary_lives_a_newcomer_connects_and_nothing_is_left_behind(string id)
    {
        var world = new GatewayUnderAttack();
        (Before.GetValueOrDefault(id) ?? OnRecords.GetValueOrDefault(id) ?? OnFragments[id])(world);
        world.AssertUnharmed(connections: 5);
    }

    internal static RogueClient Established(GatewayRogue rogue) => AtFinished(rogue).SendFinished();

    internal static RogueClient AtFinished(GatewayRogue rogue) =>
        rogue.Begin().SendCertificate().SendKeyExchange().SendCertificateVerify().Derive().ChangeCipherSpec();

    internal static void Begin(GatewayUnderAttack world, params HelloBuilder[] hellos) => Each(hellos, hello => world.Rogue(hello).Begin());

    internal static void Each<T>(IEnumerable<T> items, Action<T> action)
    {
        foreach (var item in items)
        {
            action(item);
        }
    }

    private static byte[] Hello(HelloBuilder hello, ushort message = 0) => RogueClient.HelloDatagram(hello.ToBytes(), message, message);

    private static byte[] Raw(byte[] body) => RogueClient.HelloDatagram(body);

    private static byte[] Header(HandshakeType type, int length, int number, int offset, int fragmentLength)
    {
        var bytes = new byte[HandshakeHeader.Length];
        var writer = new CoapBridge.Wire.WireWriter(bytes);
        new HandshakeHeader(type, length, (ushort)number, offset, fragmentLength).Write(ref writer);
        return bytes;
    }

    /// <summary>Records in the name of the canary: with its path, and with its Connection ID.</summary>
    private static void AtCanary(GatewayUnderAttack world, params byte[][] datagrams) => Each(datagrams, datagram =>
    {
        world.Rogue().Raw(datagram, GatewayUnderAttack.CanaryPath);
        var id = world.SealOfCanary()[11..19];
        byte[] withId = [25, .. datagram[1..11], .. id, .. datagram[11..]];
        world.Rogue().Raw(withId, GatewayUnderAttack.CanaryPath);
        world.Rogue().Raw(withId);
    });

    private static void ToCanary(GatewayUnderAttack world, byte[] datagram) => world.Rogue().Raw(datagram, GatewayUnderAttack.CanaryPath);

    private static byte[] Forged(GatewayUnderAttack world, int at, byte value)
    {
        var record = world.SealOfCanary();
        record[at] = value;
        return record;
    }

    /// <summary>A half-open handshake that gets records with these contents.</summary>
    private static void Handshake(GatewayUnderAttack world, params byte[][] contents)
    {
        var rogue = world.Rogue();
        rogue.Begin();
        Each(contents, content => rogue.SendRecord(ContentType.Handshake, content));
    }
}
