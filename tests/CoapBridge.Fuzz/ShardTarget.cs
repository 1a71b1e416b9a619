using CoapBridge.Dtls;
using CoapBridge.Dtls.Records;
using CoapBridge.Fuzz.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz;

/// <summary>
/// A whole shard with a device that is connected and must stay so, and another one, with a good certificate, that misbehaves.
/// <code>
/// 0 path (1) datagram | 1 (work is done) | 2 ms*16 (2) | 3 outcome (1) (a receipt) | 4 state (1) (the broker comes or goes)
/// </code>
/// </summary>
internal sealed class ShardTarget : FuzzTarget
{
    private static readonly byte[] Post = Convert.FromHexString("44020001A1B2C3D4B174FF32312E35");

    private static readonly byte[][] Messages =
    [
        Post, Convert.FromHexString("5402000201020304B174FF3030"), Convert.FromHexString("40000003"),
        Convert.FromHexString("4401000401020304B66465766963657304686F6D65"), Convert.FromHexString("70000001"),
        Convert.FromHexString("440200050102030401613D0B0131FF00"), Convert.FromHexString("4403000601020304B174D10A0EFF00112233445566778899AABBCCDDEEFF"),
    ];

    private static readonly Lazy<(List<byte[]> Datagrams, byte[] Saved)> Canary = new(Introduce);

    private readonly List<byte[]> _known = [];
    private readonly Queue<byte[]> _honest = new();
    private readonly byte[] _scratch = new byte[2048];
    private ShardUnderTest _shard = null!;
    private RecordLayer _canary = null!;
    private LiveDevice _device = null!;
    private int _devices;
    private int _sessions;
    private long _connected;
    private long _published;

    public override string Name => "shard";

    public override int Steps => 200;

    public override string Reached => $"; {_connected:N0} connections, {_published:N0} publishes";

    public override void Begin()
    {
        _shard = new ShardUnderTest();
        foreach (var datagram in Canary.Value.Datagrams)
        {
            _shard.Receive(0, datagram);
            _shard.RunWork();
        }

        var reader = new WireReader(Canary.Value.Saved);
        _canary = DtlsConnection.Load(ShardUnderTest.Settings.Generation.Dtls, _shard.Now, ref reader)?.Records
            ?? throw new InvalidOperationException("The canary does not load.");
        Require(_shard.Shard.ConnectionCount == 1, "the canary is not connected");
    }

    public override void Plan(Mutator mutator)
    {
        _known.Clear();
        _known.AddRange(Canary.Value.Datagrams);
        _honest.Clear();
        _devices = mutator.Below(1000);
        Replace();
    }

    public override byte[] Next(Mutator mutator)
    {
        Listen(mutator);
        var roll = mutator.Below(100);
        var path = (byte)(mutator.Chance(70) ? 1 : mutator.Below(6));
        if (roll < 45 && _honest.TryDequeue(out var honest))
        {
            return [0, path, .. honest];
        }

        return roll switch
        {
            < 50 => [1],
            < 58 when _device.IsEstablished => [0, path, .. Remember(_device.Seal(mutator.Chance(30) ? mutator.Pick(Messages) : mutator.Mutate(mutator.Pick(Messages), mutator.Pick(Messages))))],
            < 64 => [0, (byte)(mutator.Chance(70) ? 0 : path), .. Remember(SealOfCanary(mutator.Chance(50) ? mutator.Pick(Messages) : mutator.Mutate(mutator.Pick(Messages), Post)))],
            < 85 => [0, (byte)mutator.Below(6), .. RecordSurgeon.Change(mutator, mutator.Pick(_known), mutator.Pick(_known))],
            < 90 => [0, (byte)mutator.Below(6), .. RecordSurgeon.Noise(mutator)],
            < 93 => [2, (byte)mutator.Below(1 << mutator.Below(5)), (byte)mutator.Below(256)],
            < 98 => [3, (byte)mutator.Below(256)],
            _ => [4, (byte)mutator.Below(3)],
        };
    }

    public override void Apply(byte[] step)
    {
        switch (step[0])
        {
            case 0 when step.Length > 1:
                _shard.Receive(step[1], step[2..]);
                break;
            case 1:
                _shard.RunWork();
                break;
            case 2:
                _shard.Pass(TimeSpan.FromMilliseconds(16 * ((step[1] << 8) | step[2])));
                break;
            case 3:
                _shard.GiveReceipt(step[1]);
                break;
            case 4:
                _shard.Upstream(step[1]);
                break;
        }

        var shard = _shard.Shard;
        Require(shard.HandshakeCount <= ShardUnderTest.MaximumHandshakes, "more handshakes than may");
        Require(shard.OpenRequestCount <= 65 * shard.ConnectionCount, "more requests are open than may");
    }

    public override void End()
    {
        _shard.RunWork();
        _shard.Upstream(1);
        _shard.Pass(TimeSpan.FromSeconds(600));
        Require(_shard.Shard.HandshakeCount == 0, "a handshake is left behind");
        Require(_shard.Shard.OpenRequestCount == 0, "a request is left behind");
        _canary.SkipProtectedSequenceTo(1UL << 40);
        (_connected, _published) = (_connected + _shard.Connections, _published + _shard.Publishes);
        _shard.Forget();
        _shard.Receive(0, SealOfCanary(Post));
        Require(_shard.Published == 1, "the canary's request is not published");
        _shard.GiveReceipt(0);
        Require(_shard.SentTo(0).Any(), "the canary gets no answer");
        if (_sessions++ % 64 == 0)
        {
            Require(_shard.Connect(new LiveDevice(FixedParty.Intruder, 5000, null), 9) is not null, "an honest handshake does not complete any more");
        }
    }

    /// <summary>The canary's own handshake, with a shard that is as fresh as each session's.</summary>
    private static (List<byte[]> Datagrams, byte[] Saved) Introduce()
    {
        var device = new LiveDevice(FixedParty.Device, 77, [1, 2, 3, 4]);
        var shard = new ShardUnderTest();
        return (shard.Connect(device, 0) ?? throw new InvalidOperationException("The canary does not connect."), device.Save(shard.Now));
    }

    private void Listen(Mutator mutator)
    {
        foreach (var answer in _shard.SentTo(1).Where(_ => mutator.Chance(90)))
        {
            _device.Hear(_shard.Now, answer);
        }

        foreach (var datagram in _device.Says(_shard.Now))
        {
            _honest.Enqueue(Remember(datagram));
        }

        if (_device.IsClosed || mutator.Chance(1))
        {
            Replace();
        }
    }

    private void Replace() => _device = new LiveDevice(FixedParty.Intruder, ++_devices, _devices % 4 == 0 ? null : [7, 7]);

    private byte[] Remember(byte[] datagram)
    {
        if (datagram.Length > 0)
        {
            _known.Add(datagram);
        }

        return datagram;
    }

    private byte[] SealOfCanary(byte[] message) =>
        _scratch[.._canary.Write(true, ContentType.ApplicationData, message.AsSpan(0, Math.Min(message.Length, 1500)), _scratch)];
}
