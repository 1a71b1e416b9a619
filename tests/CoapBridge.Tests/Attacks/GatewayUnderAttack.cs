using System.Security.Cryptography;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Fuzz;
using CoapBridge.Tests.Dtls;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Attacks;

/// <summary>A shard with a device that was connected before the attack (ATTACKS.md, oracles O1 to O5).</summary>
internal sealed class GatewayUnderAttack
{
    public const byte CanaryPath = 0;
    public const byte RoguePath = 1;

    private static readonly byte[] Post = Convert.FromHexString("44020001A1B2C3D4B174FF32312E35");

    /// <summary>Few, so that an attack can fill them.</summary>
    public const int MaximumConnections = 9;

    private readonly LiveDevice _canary = new(FixedParty.Device, 77, [1, 2, 3, 4]);
    private ushort _messageId;
    private int _rogues;

    public GatewayUnderAttack()
    {
        // The canary's Connection ID finds it wherever records come from; its handshake was at a path of its own.
        Said = Shard.Connect(_canary, CanaryPath)!;
        Assert.NotNull(Said);
    }

    public ShardUnderTest Shard { get; } = new(ShardUnderTest.Settings with
    {
        MaximumConnections = MaximumConnections,
        Generation = ShardUnderTest.Settings.Generation with
        {
            Dtls = ShardUnderTest.Settings.Generation.Dtls with
            {
                CipherSuites = [DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, DtlsCipherSuite.EcdheEcdsaWithAes128GcmSha256],
            },
        },
    });

    /// <summary>What the canary sent in its handshake.</summary>
    public List<byte[]> Said { get; }

    /// <summary>Each has a random of its own: a hello that is only repeated starts nothing.</summary>
    public GatewayRogue Rogue(
        HelloBuilder? hello = null, byte path = RoguePath, bool holdWork = false, TestIdentity? identity = null, KeySchedule? earlier = null) =>
        new(Shard, path)
        {
            Identity = identity ?? GatewayRogue.Intruder,
            Earlier = earlier,
            Hello = (hello ?? new HelloBuilder()) with { Random = SHA256.HashData(BitConverter.GetBytes(++_rogues)) },
            HoldWork = holdWork,
        };

    /// <summary>A request of the canary's in a record, not sent yet.</summary>
    public byte[] SealOfCanary() => _canary.Seal(NextPost());

    /// <summary>A request that nobody sent before.</summary>
    public byte[] NextPost()
    {
        var message = Post.ToArray();
        (message[2], message[3]) = ((byte)(++_messageId >> 8), (byte)_messageId);
        return message;
    }

    /// <summary>The requests that were rightly taken are answered.</summary>
    public void AssertPublished(int expected)
    {
        Assert.Equal(expected, Shard.Publishes);
        while (Shard.Published > 0)
        {
            Shard.GiveReceipt(0);
        }

        Shard.ForgetPublishes();
    }

    /// <summary>The canary works, a newcomer connects, nothing is left behind, nobody else's message was published.</summary>
    /// <param name="connections">How many connections the attack has rightly established.</param>
    public void AssertUnharmed(int connections = 0)
    {
        Assert.Equal(0, Shard.Publishes);
        CanaryTalks();
        Shard.RunWork();
        Shard.Pass(TimeSpan.FromSeconds(600));
        Assert.Equal(0, Shard.Shard.HandshakeCount);
        Assert.Equal(0, Shard.Shard.OpenRequestCount);
        Assert.InRange(Shard.Shard.ConnectionCount, 1, 1 + connections);
        CanaryTalks();
        Assert.NotNull(Shard.Connect(new LiveDevice(FixedParty.Intruder, 5001, null), 9));
    }

    public void CanaryTalks()
    {
        Shard.Forget();
        Shard.Receive(CanaryPath, SealOfCanary());
        Assert.Equal(1, Shard.Published);
        Shard.GiveReceipt(0);
        Assert.NotEmpty(Shard.SentTo(CanaryPath).ToArray());
    }
}
