using System.Security.Cryptography;
using System.Text;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;
using static CoapBridge.Tests.Attacks.AttackTests;
using static CoapBridge.Tests.Dtls.Rogue.RoguePeer;

namespace CoapBridge.Tests.Attacks;

/// <summary>ATTACKS.md D, E and G on a whole shard; see <see cref="AttackTests"/>.</summary>
public sealed class HandshakeAttackTests
{
    private const string Generator =
        "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296" + "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";

    private static readonly Dictionary<string, Action<GatewayUnderAttack>> OnOrder = new()
    {
        ["D01"] = world => world.Rogue().Begin().SendCertificate().SendKeyExchange().Derive().ChangeCipherSpec().SendFinished(),
        ["D02"] = world => world.Rogue().Begin().SendKeyExchange().Derive().ChangeCipherSpec().SendFinished(),
        ["D03"] = world =>
        {
            var rogue = world.Rogue();
            rogue.Begin().Send(HandshakeType.Certificate, [0, 0, 0]);
            rogue.SendKeyExchange().SendCertificateVerify().Derive().ChangeCipherSpec().SendFinished();
            Assert.Equal(40, (int)rogue.Alerts[0].Description);
        },
        ["D04"] = world =>
        {
            world.Rogue().Begin().SendKeyExchange().SendCertificate();
            world.Rogue().Begin().SendCertificate().SendCertificateVerify().SendKeyExchange();
        },
        ["D05"] = world =>
        {
            world.Rogue().Raw(Plain(ContentType.ChangeCipherSpec, [1]));
            world.Rogue().Begin().ChangeCipherSpec();
            world.Rogue().Begin().SendCertificate().ChangeCipherSpec().SendKeyExchange().ChangeCipherSpec();
        },
        ["D06"] = world =>
        {
            var rogue = world.Rogue();
            rogue.Begin().SendCertificate().SendKeyExchange().SendCertificateVerify().Derive().SendFinished(isProtected: false);
        },
        ["D08"] = world =>
        {
            var rogue = world.Rogue();
            Established(rogue).ChangeCipherSpec().ChangeCipherSpec();
        },
        ["D12"] = world =>
        {
            var other = world.Rogue(path: 4).Begin().SendCertificate().SendKeyExchange();
            var rogue = world.Rogue();
            rogue.Begin().SendCertificate().SendKeyExchange().SendCertificateVerify(other.Sign(other.SessionHash));
            Assert.Equal(51, (int)rogue.Alerts[0].Description);
        },
        ["D14"] = world => Types(world, 0, 2, 3, 4, 12, 13, 14, 21, 22),
        ["D15"] = world => Types(world, 5, 24, 67, 99, 255),
        ["D18"] = world =>
        {
            Each(["", "00", "40" + new string('1', 128), "42" + new string('1', 132)], body => world.Rogue().Begin().SendCertificate().SendKeyExchange(Convert.FromHexString(body)));
            world.Rogue().Begin().SendCertificate().SendKeyExchange().SendCertificateVerify([]);
            Each([0, 11, 13], length => AtFinished(world.Rogue()).SendFinished(new byte[length]));
        },
        ["D19"] = world =>
        {
            world.Rogue(path: 2).Begin();
            world.Rogue(path: 3).Begin().SendCertificate();
            world.Rogue(path: 4).Begin().SendCertificate().SendKeyExchange();
            world.Rogue(path: 5).Begin().SendCertificate().SendKeyExchange().SendCertificateVerify();
            AtFinished(world.Rogue(path: 6));
            world.Rogue(path: 7, holdWork: true).Begin();
            Assert.Equal(6, world.Shard.Shard.HandshakeCount);
        },
        ["D22"] = world =>
        {
            // A forged alert costs a handshake under way; the device's next one is not disturbed by what came before.
            var rogue = world.Rogue();
            rogue.Begin().SendRecord(ContentType.Alert, [2, 40]);
            Assert.Equal(0, world.Shard.Shard.HandshakeCount);
            Established(world.Rogue());
            Assert.Equal(2, world.Shard.Shard.ConnectionCount);
        },
        ["D25"] = world => world.Rogue(holdWork: true).Begin().SendRecord(ContentType.ApplicationData, "early"u8),
        ["D27"] = world =>
        {
            var rogue = world.Rogue();
            rogue.Begin().SendKeyExchange();
            Assert.Single(rogue.Alerts);
            rogue.SendCertificate().SendKeyExchange();
            Assert.Single(rogue.Alerts);
        },
    };

    private static readonly Dictionary<string, Action<GatewayUnderAttack>> OnParameters = new()
    {
        ["E01"] = world => Begin(world, new HelloBuilder { Version = 0xFEFF }, new HelloBuilder { Suites = [0x1301] }.With(43, 2, 0xFE, 0xFC)),
        ["E02"] = world => Begin(world, new HelloBuilder { Suites = [0x0000, 0xC001, 0xC0A8, 0xC024, 0xC02C, 0x0005, 0x0A0A, 0xC0AF] }),
        ["E03"] = world => Begin(world, new HelloBuilder { Compression = [1] }, new HelloBuilder { Compression = [1, 0] }),
        ["E04"] = world => Begin(world, new HelloBuilder().Without(10), new HelloBuilder().With(10, 0, 2, 0, 24), new HelloBuilder().With(10, 0, 3, 0, 23, 0)),
        ["E05"] = world => Begin(world, new HelloBuilder().With(11, 1, 1), new HelloBuilder().With(11, 0)),
        ["E06"] = world => Begin(
            world, new HelloBuilder().Without(13), new HelloBuilder().With(13, 0, 4, 2, 3, 1, 1), new HelloBuilder().With(13, 0, 3, 4, 3, 4),
            new HelloBuilder().With(13, [0x80, 0, .. new byte[0x8000]])),
        ["E09"] = world => Each(
            ["3006020100020100", "3006020101020100", "30060201FF0201FF", "", "00", "3080020101020101" + "0000", new string('1', 128)],
            signature => world.Rogue().Begin().SendCertificate().SendKeyExchange().SendCertificateVerify(Convert.FromHexString(signature))),
        ["E10"] = world => Points(
            world, "4104" + new string('0', 128), "4104" + new string('0', 126) + "01", "4104" + new string('F', 128), "0100",
            "4104" + "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF" + new string('0', 64)),
        ["E11"] = world => Points(world, "2102" + Generator[..64], "4106" + Generator, "4107" + Generator, "4004" + Generator[..126], "4204" + Generator + "00"),
        ["E13"] = world => Points(world, "6104" + new string('1', 192), "20" + new string('9', 64)),
        ["E15"] = world => Begin(
            world, new HelloBuilder().Without(23), new HelloBuilder().With(23, 0), new HelloBuilder { Extensions = [.. HelloBuilder.Default, (23, [])] }),
        ["E17"] = world => Begin(
            world, new HelloBuilder { RawExtensions = [0xFF, 0xFF, 0, 10] }, new HelloBuilder { RawExtensions = [0, 4, 0, 10, 0, 9] },
            new HelloBuilder { Extensions = [.. Enumerable.Range(1000, 400).Select(type => ((ushort)type, Array.Empty<byte>()))] },
            new HelloBuilder().With(0x2A2A, 1)),
        ["E18"] = world =>
        {
            Each([0, 5, 255], value => Begin(world, new HelloBuilder().With(1, (byte)value)));
            Each([0, 63, 65_535], value => Begin(world, new HelloBuilder().With(28, (byte)(value >> 8), (byte)value), new HelloBuilder().With(1, 1).With(28, (byte)(value >> 8), (byte)value)));
        },
        ["E19"] = world => Each(["", "a\0b", "192.0.2.1", "host.", "\u00e4", new string('x', 300), new string('x', 1400)], name =>
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            Begin(world, new HelloBuilder().With(0, [(byte)((bytes.Length + 3) >> 8), (byte)(bytes.Length + 3), 0, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes]));
        }),
        ["E20"] = world => Begin(world, new HelloBuilder().With(2, Encoding.ASCII.GetBytes("http://169.254.169.254/"))),
        ["E21"] = world => Begin(world, new HelloBuilder().With(5, 1, 0xFF, 0xFF), new HelloBuilder().With(3, 0xFF, 0xFF, 1)),
        ["E23"] = world => Begin(world, new HelloBuilder { Suites = [0x1301, 0xC0AE] }.With(43, 2, 0xFE, 0xFC).With(51, 0, 0).With(41, 0, 0, 0, 0)),
    };

    private static readonly Dictionary<string, Action<GatewayUnderAttack>> OnConnections = new()
    {
        ["G01"] = world => Each(Enumerable.Range(0, 50), number => Begin(world, new HelloBuilder { SessionId = SHA256.HashData([(byte)number]) })),
        ["G08"] = world => Each([0, 16, 1000], length => Begin(world, new HelloBuilder().With(35, new byte[length]))),
        ["G09"] = world =>
        {
            var rogue = world.Rogue();
            var forged = world.SealOfCanary();
            forged[^1] ^= 1;
            rogue.Raw(forged);
            Assert.Empty(rogue.Reply);
        },
        ["G12"] = world =>
        {
            var record = world.SealOfCanary();
            world.Rogue().Raw(record, GatewayUnderAttack.CanaryPath);
            world.Shard.GiveReceipt(0);
            world.Shard.ForgetPublishes();
            world.Rogue().Raw(record);
        },
        ["G13"] = world => Begin(
            world, new HelloBuilder().With(54), new HelloBuilder().With(54, 0), new HelloBuilder().With(54, 1, 9), new HelloBuilder().With(54, [255, .. new byte[255]]),
            new HelloBuilder().With(54, 3, 1), new HelloBuilder { Extensions = [.. HelloBuilder.Default, (54, [0]), (54, [0])] }),
        ["G14"] = world =>
        {
            var random = new Random(14);
            var record = world.SealOfCanary();
            Each(Enumerable.Range(0, 20_000), _ =>
            {
                var unknown = record.ToArray();
                random.NextBytes(unknown.AsSpan(11 + random.Next(8), 1 + random.Next(3)));
                world.Rogue().Raw(unknown, (byte)random.Next(8));
            });
            world.Shard.GiveReceipt(0);
            world.Shard.ForgetPublishes();
        },
        ["G18"] = world =>
        {
            var rogue = world.Rogue();
            Established(rogue);
            rogue.Deliver(Plain(ContentType.ApplicationData, new byte[40], 1UL << 30, 1));
            Each(Enumerable.Range(0, 10_000), _ => rogue.SendRecord(ContentType.Handshake, Fragment(HandshakeType.ClientHello, 6, 60, 0, new byte[60]), isProtected: true));
        },
        ["G19"] = world => Begin(world, new HelloBuilder().With(0xFF01, 1, 0), new HelloBuilder().With(0xFF01, 0)),
        ["G20"] = world =>
        {
            world.Rogue(path: GatewayUnderAttack.CanaryPath).Raw(RogueClient.HelloDatagram(new HelloBuilder().ToBytes()));
            world.Rogue(path: GatewayUnderAttack.CanaryPath).Begin();
            world.Rogue(path: GatewayUnderAttack.CanaryPath).Begin().SendCertificate();
        },
        ["G23"] = world =>
        {
            world.Rogue().Raw(Plain(ContentType.Alert, [1, 0]), GatewayUnderAttack.CanaryPath);
            var rogue = world.Rogue();
            Established(rogue).SendRecord(ContentType.Alert, [1, 0], isProtected: true);
            Assert.Equal(0, (int)rogue.Alerts[^1].Description);
            rogue.SendRecord(ContentType.ApplicationData, Convert.FromHexString("44020001A1B2C3D4B174FF32312E35"), isProtected: true);
        },
        ["G25"] = world => Each(Enumerable.Range(0, 200), number =>
        {
            // From a time before: a Connection ID and an epoch that nobody knows.
            var rogue = world.Rogue();
            rogue.Raw([25, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, (byte)number, 1, 2, 3, 4, 5, 6, 7, 8, 0, 30, .. new byte[30]]);
            Assert.Empty(rogue.Reply);
            rogue.Raw(Plain(ContentType.ApplicationData, new byte[40], (ulong)number, 1));
            Assert.Empty(rogue.Reply);
        }),
    };

    public static TheoryData<string> Ids => new((string[])[.. OnOrder.Keys, .. OnParameters.Keys, .. OnConnections.Keys]);

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_canary_lives_a_newcomer_connects_and_nothing_is_left(string id)
    {
        var world = new GatewayUnderAttack();
        (OnOrder.GetValueOrDefault(id) ?? OnParameters.GetValueOrDefault(id) ?? OnConnections[id])(world);
        world.AssertUnharmed(connections: 1);
    }

    private static void Types(GatewayUnderAttack world, params byte[] types) => Each(types, type =>
    {
        world.Rogue().Begin().Send((HandshakeType)type, new byte[3]);
        world.Rogue().Begin().SendCertificate().Send((HandshakeType)type, []);
        world.Rogue().Begin().SendCertificate().SendKeyExchange().Send((HandshakeType)type, new byte[3]);
        AtFinished(world.Rogue()).Send((HandshakeType)type, [], isProtected: true);
    });

    private static void Points(GatewayUnderAttack world, params string[] bodies) => Each(bodies, body =>
    {
        var rogue = world.Rogue();
        rogue.Begin().SendCertificate().SendKeyExchange(Convert.FromHexString(body)).SendCertificateVerify();
        Assert.Single(rogue.Alerts);
    });
}
