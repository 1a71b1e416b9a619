using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Fuzz;
using CoapBridge.Tests.Dtls;
using CoapBridge.Tests.Dtls.Rogue;
using static CoapBridge.Tests.Attacks.AttackTests;
using static CoapBridge.Tests.Attacks.ToleranceAttackTests;

namespace CoapBridge.Tests.Attacks;

/// <summary>ATTACKS.md G, what concerns sessions, addresses and a full gateway, on a whole shard; see <see cref="AttackTests"/>.</summary>
public sealed class ResumptionAttackTests
{
    private static readonly HelloBuilder WithId = new HelloBuilder().With(54, 1, 9);

    private static readonly Dictionary<string, Action<GatewayUnderAttack>> Attacks = new()
    {
        ["G02"] = world =>
        {
            var first = Full(world);
            var otherSuite = Resume(world, first, hello => hello with { Suites = [0xC02B, 0x00FF] });
            Assert.Contains(otherSuite.Heard, message => message.Type == HandshakeType.ServerHelloDone);
            var withoutSecret = Resume(world, first, hello => hello.Without(23));
            Assert.Equal(40, (int)Assert.Single(withoutSecret.Alerts).Description);
            var named = Resume(world, first, hello => hello.With(0, [0, 4, 0, 0, 1, .. "x"u8]));
            Assert.False(named.IsResumed);
            Completes(world, named.Finish());
        },
        ["G05"] = world =>
        {
            var device = new TestIdentity(FixedParty.Device.Certificate, FixedParty.Device.OpenKey());
            var first = world.Rogue(path: 2, identity: device);
            Completes(world, Established(first));
            Each(Enumerable.Range(0, 50), _ => Full(world));
            Assert.True(Resume(world, first, hello => hello, path: 2).IsResumed);
        },
        ["G06"] = world =>
        {
            // The gateway's flight is lost, ours is late and comes in the wrong order.
            var rogue = Resume(world, Full(world), hello => hello);
            var flight = rogue.HoldBack(it => it.ChangeCipherSpec().SendFinished());
            rogue.Advance(TimeSpan.FromSeconds(4));
            Each(flight.AsEnumerable().Reverse(), rogue.Deliver);
            Completes(world, rogue);
        },
        ["G07"] = world =>
        {
            var first = Full(world);
            Each([11, 16, 15], type =>
            {
                var rogue = Resume(world, first, hello => hello);
                Assert.True(rogue.IsResumed);
                rogue.Send((HandshakeType)type, [0, 0, 0]);
                Assert.Equal(10, (int)Assert.Single(rogue.Alerts).Description);
            });
            Completes(world, Resume(world, first, hello => hello).ChangeCipherSpec().SendFinished());
        },
        ["G11"] = world =>
        {
            var late = world.SealOfCanary();
            world.Rogue().Raw(world.SealOfCanary(), from: 3);
            world.Rogue().Raw(late, GatewayUnderAttack.CanaryPath);
            Assert.Empty(world.Shard.SentTo(3));
            world.AssertPublished(2);
            Assert.Equal(2, world.Shard.SentTo(3).Count());
            Assert.Empty(world.Shard.SentTo(GatewayUnderAttack.CanaryPath));
        },
        ["G16"] = world =>
        {
            var first = Full(world, WithId);
            var other = Resume(world, first, hello => hello.With(54, 2, 8, 8));
            Assert.True(other.IsResumed);
            Assert.NotEqual(first.ServerHello.Extensions.ConnectionId, other.ServerHello.Extensions.ConnectionId);
            Completes(world, other.ChangeCipherSpec().SendFinished());
            var without = Resume(world, first, hello => hello.Without(54));
            Assert.True(without.IsResumed);
            Assert.Null(without.ServerHello.Extensions.ConnectionId);
            Completes(world, without.ChangeCipherSpec().SendFinished());
        },
        ["G22"] = world =>
        {
            var rogues = Enumerable.Range(1, GatewayUnderAttack.MaximumConnections - 1).Select(path => world.Rogue(path: (byte)(20 + path))).ToList();
            Each(rogues, rogue => Completes(world, Established(rogue)));
            world.Rogue(path: 50).Begin();
            Assert.Equal(1, world.Shard.Shard.HandshakeCount); // before its Finished nobody goes for it
            Assert.Equal(GatewayUnderAttack.MaximumConnections, world.Shard.Shard.ConnectionCount);
            Each(rogues, rogue => Completes(world, rogue));
            world.CanaryTalks();
            world.Shard.ForgetPublishes();
            Each(rogues, rogue => rogue.SendRecord(ContentType.Alert, [1, 0], isProtected: true));
        },
    };

    public static TheoryData<string> Ids => new(Attacks.Keys);

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_canary_lives_a_newcomer_connects_and_no_session_is_misused(string id)
    {
        var world = new GatewayUnderAttack();
        Attacks[id](world);
        world.AssertUnharmed(connections: 3);
    }

    private static GatewayRogue Full(GatewayUnderAttack world, HelloBuilder? hello = null)
    {
        var rogue = world.Rogue(hello);
        Completes(world, Established(rogue));
        return rogue;
    }

    /// <summary>As far as the gateway's first flight.</summary>
    private static GatewayRogue Resume(GatewayUnderAttack world, GatewayRogue first, Func<HelloBuilder, HelloBuilder> change, byte path = GatewayUnderAttack.RoguePath) =>
        world.Rogue(change(first.Hello with { SessionId = first.ServerHello.SessionId }), path, earlier: first.Schedule).Begin();
}
