using System.Buffers.Binary;
using CoapBridge.Coap;
using CoapBridge.Dtls;

namespace CoapBridge.Simulation.Tests;

/// <summary>An orderly restart costs no handshake, and no sequence number comes twice under a key.</summary>
public class RestartTests
{
    private static readonly byte[] Nothing = [];
    private static readonly TimeSpan Absence = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(2, 3, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(4, 1, 4)]
    public void Twenty_devices_go_on_without_a_handshake(int seed, int before, int after)
    {
        var world = Scenario.Create(seed, new ScenarioSettings { Shards = before });
        var records = new SentRecords(world);
        var devices = Enumerable.Range(0, 20).Select(number => world.AddConnectedDevice(
            connectionId: (number % 4) switch { 0 => null, 1 => Nothing, 2 => [7], _ => [1, 2, 3, (byte)number] })).ToList();
        devices.ForEach(device => world.AssertChanged(device.Post("/t", "before")));

        world.Restart(after, Absence);
        Assert.Equal(20, world.TakenUp.Count);
        Assert.All(world.TakenUp, Assert.Null);
        Assert.Equal(20, world.Connections);
        world.Expect(() => world.Link.IsConnected, TimeSpan.FromMinutes(1), "the broker");
        devices.ForEach(device => world.AssertChanged(device.Post("/t", "after")));
        foreach (var (device, number) in devices.Select((device, number) => (device, number)).Where(one => one.number % 4 != 0))
        {
            device.Rebind(Scenario.PathOf(500 + number));
            world.AssertChanged(device.Post("/t", "moved"));
        }

        world.Restart(before, Absence);
        world.Expect(() => world.Link.IsConnected, TimeSpan.FromMinutes(1), "the broker");
        devices.ForEach(device => world.AssertChanged(device.Post("/t", "again")));

        Assert.All(devices, device => Assert.Equal((1, 0), (device.Handshakes, device.Ends.Count)));
        Assert.Equal(20 + 20 + 15 + 20, world.Broker.Log.Count);
        records.AssertNoneRepeats(20);
    }

    [Fact]
    public void A_duplicate_after_the_restart_gets_the_answer_again_and_is_not_published_twice()
    {
        var world = Scenario.Create(5, new ScenarioSettings { Shards = 2 });
        var device = world.AddConnectedDevice(connectionId: Nothing);
        device.SendRaw(World.RawPost(77, 1, "once"));
        world.RunFor(TimeSpan.FromSeconds(1));
        var answer = Assert.Single(device.Received);
        device.SendRaw(World.RawPost(78, 2, "not once", MessageType.NonConfirmable));
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(2, world.Broker.Log.Count);

        world.Restart(3, Absence);
        world.Expect(() => world.Link.IsConnected, TimeSpan.FromMinutes(1), "the broker");
        device.Received.Clear();
        device.SendRaw(World.RawPost(77, 1, "once"));
        device.SendRaw(World.RawPost(78, 2, "not once", MessageType.NonConfirmable));
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(2, world.Broker.Log.Count);
        Assert.Equal(answer, Assert.Single(device.Received));
    }

    [Fact]
    public void What_was_remembered_ages_while_the_gateway_is_away()
    {
        // RFC 7252 §4.5: EXCHANGE_LIFETIME is 247 s, whoever was away meanwhile.
        var world = Scenario.Create(6);
        var device = world.AddConnectedDevice();
        device.SendRaw(World.RawPost(77, 1, "old"));
        world.RunFor(TimeSpan.FromSeconds(40));
        world.Restart(1, TimeSpan.FromSeconds(200));
        world.Expect(() => world.Link.IsConnected, TimeSpan.FromSeconds(5), "the broker");
        device.SendRaw(World.RawPost(77, 1, "old"));
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Single(world.Broker.Log);

        world.RunFor(TimeSpan.FromSeconds(10));
        device.SendRaw(World.RawPost(77, 2, "new"));
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(2, world.Broker.Log.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_record_that_was_captured_before_is_still_a_replay_after(bool withConnectionId)
    {
        var world = Scenario.Create(7);
        var device = world.AddConnectedDevice(connectionId: withConnectionId ? Nothing : null);
        var record = device.Seal(World.RawPost(1, 1));
        var late = device.Seal(World.RawPost(2, 2));
        world.SendToGateway(device.Path, record);
        world.AssertChanged(device.Post("/t", "newer"));
        world.Restart(2, Absence);
        world.Expect(() => world.Link.IsConnected, TimeSpan.FromMinutes(1), "the broker");
        world.SendToGateway(device.Path, record);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, world.Shards.Sum(shard => shard.Counters.Records[(int)RecordOutcome.Replayed]));

        // The window itself was kept, not only its edge.
        world.SendToGateway(device.Path, late);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(3, world.Broker.Log.Count);
    }

    [Fact]
    public void Open_requests_are_answered_first_and_new_ones_asked_to_come_again()
    {
        var world = Scenario.Create(8);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        var other = world.AddConnectedDevice();
        world.Broker.Slowness = TimeSpan.FromSeconds(2);
        var slow = device.Post("/t", "slow");
        SimulatedRequest? refused = null;
        world.RunFor(TimeSpan.FromSeconds(1));
        world.In(TimeSpan.FromMilliseconds(100), () => refused = other.Post("/t", "too late"));
        world.Restart(1, Absence);
        Assert.Equal(CoapCode.Changed, slow.Code);
        Assert.Equal(CoapCode.ServiceUnavailable, refused!.Code);
        Assert.Empty(device.Ends);
        Assert.Equal(2, world.Connections);
    }

    [Fact]
    public void After_the_snapshot_nothing_is_sent_or_accepted()
    {
        var world = Scenario.Create(9);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        var saved = world.Stop();
        var sent = 0;
        world.Sending = (_, _) => sent++;
        var asked = device.Post("/t", "nobody is there");
        world.AddDevice();
        device.Close();
        world.RunFor(TimeSpan.FromDays(2));

        Assert.Equal(0, sent);
        Assert.False(asked.Code is not null);
        Assert.Equal(1, world.Connections);
        Assert.Null(world.Shards[0].NextDeadline);
        Assert.True(world.Start(1, saved, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void What_still_waits_at_the_snapshot_is_not_sent()
    {
        var world = Scenario.Create(17);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        var shard = world.Shards[0];
        shard.BeginHandover(world.Now, TimeSpan.FromSeconds(6));
        shard.HandleDatagram(world.Now, device.Path, device.Seal(World.RawPost(1, 1)));
        shard.Save(world.Now);
        Assert.False(shard.TryTakeTransmit(new byte[2048], out _, out _));
    }

    [Fact]
    public void A_device_that_never_answers_its_separate_response_is_closed_at_the_limit_and_the_others_are_kept()
    {
        var world = Scenario.Create(10);
        var silent = world.AddConnectedDevice();
        var good = world.AddConnectedDevice();
        world.Broker.Slowness = TimeSpan.FromSeconds(1);
        silent.Post("/t", "separate");
        world.RunFor(TimeSpan.FromMilliseconds(900));
        silent.DatagramsLeft = 0;
        world.Restart(1, Absence);
        Assert.Equal([null], world.TakenUp);
        Assert.Single(silent.Ends);
        Assert.Empty(good.Ends);
    }

    [Fact]
    public void Handshakes_under_way_are_dropped()
    {
        var world = Scenario.Create(11);
        var device = world.AddConnectedDevice();
        world.AddDevice();
        world.RunFor(TimeSpan.FromMilliseconds(70));
        Assert.Equal(1, world.Handshakes);
        world.Restart(1, Absence);
        Assert.Equal([null], world.TakenUp);
        world.Expect(() => world.Connections == 2, TimeSpan.FromMinutes(3), "the other one starts over");
        Assert.Equal(1, device.Handshakes);
    }

    [Fact]
    public void A_device_that_is_no_longer_welcome_is_dropped_with_the_reason()
    {
        var world = Scenario.Create(12);
        var kept = world.AddConnectedDevice();
        var gone = world.AddConnectedDevice();
        world.DeviceVerifier = new Except(world.DeviceVerifier, SimulatedPki.Device(gone.Name).Der);
        world.Restart(2, Absence);
        Assert.Equal(["expired", null], world.TakenUp.OrderBy(word => word is null));
        world.Expect(() => world.Link.IsConnected, TimeSpan.FromMinutes(1), "the broker");
        world.AssertChanged(kept.Post("/t", "still here"));
        Assert.Equal(1, world.Connections);
    }

    [Fact]
    public void When_extended_master_secret_has_become_required_who_has_none_is_dropped()
    {
        var world = Scenario.Create(18);
        var chain = SimulatedPki.Device(world.AddConnectedDevice().Name).Der.Length;
        world.RequiresExtendedMasterSecret = true;
        world.Restart(1, Absence);
        Assert.Equal([null], world.TakenUp);

        // All our devices have it, so the one that has none is made: header, prefix, addresses, hello, path, chain, age, records, silence.
        var flag = 6 + 3 + 44 + 8 + 9 + 1 + (3 + chain) + 6 + 70 + 6;
        world.Restart(1, Absence, saved => [.. saved[..flag], (byte)(saved[flag] ^ 1), .. saved[(flag + 1)..]]);
        Assert.Equal(["extended_master_secret"], world.TakenUp);
    }

    [Fact]
    public void An_unproved_address_is_still_unproved_after_the_restart()
    {
        // DESIGN D-8: a restart proves nothing.
        var world = Scenario.Create(13);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        var victim = Scenario.PathOf(200);
        var heard = 0;
        world.Listen(victim, datagram => heard += datagram.Length);
        var older = Enumerable.Range(1, 40).Select(number => device.Seal(World.RawPost((ushort)number, (ulong)number))).ToList();
        var newest = device.Seal(World.RawPost(99, 99));
        world.SendToGateway(victim, newest);
        world.RunFor(TimeSpan.FromMilliseconds(100));
        world.Restart(1, Absence);
        Assert.Equal([null], world.TakenUp);

        // Answers to what is older than the move go to where it moved.
        older.ForEach(record => world.SendToGateway(device.Path, record));
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.True(heard > 0);
        Assert.True(heard <= 3 * newest.Length, $"{heard} bytes for {newest.Length}");
    }

    [Fact]
    public void Every_cut_and_every_flipped_bit_of_the_plain_form_is_refused_or_harmless()
    {
        var world = Scenario.Create(14);
        var devices = new[] { world.AddConnectedDevice(connectionId: Nothing), world.AddConnectedDevice() };
        Array.ForEach(devices, device => world.AssertChanged(device.Post("/t", "x")));
        var saved = world.Stop();
        for (var length = 0; length < saved.Length; length++)
        {
            Assert.False(world.Start(1, saved[..length], Absence), $"the first {length} bytes");
        }

        Assert.False(world.Start(1, [.. saved, 0], Absence), "a trailing byte");
        for (var index = 0; index < saved.Length; index++)
        {
            // The tag of the envelope refuses all of these; what matters here is that none is an exception.
            var flipped = saved.ToArray();
            flipped[index] ^= (byte)(1 << (index % 8));
            world.Start(1, flipped, Absence);
        }

        Assert.True(world.Start(1, saved, Absence));
    }

    [Fact]
    public void A_connection_is_taken_up_once()
    {
        var world = Scenario.Create(15);
        world.AddConnectedDevice(connectionId: Nothing);
        world.AddConnectedDevice();
        var saved = world.Stop();
        var doubled = saved.ToArray().Concat(saved[6..]).ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(doubled.AsSpan(2), 4);
        Assert.True(world.Start(1, doubled, Absence));
        Assert.Equal([null, null, "duplicate", "duplicate"], world.TakenUp);
    }

    [Fact]
    public void When_it_could_not_be_saved_everybody_hears_close_notify()
    {
        var world = Scenario.Create(16);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        device.StaysDown = true;
        world.Stop();
        world.Shards[0].CloseSaved(world.Now);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["CloseNotify CloseNotify"], device.Ends);
        Assert.True(world.Shards[0].IsDrained);
    }

    /// <summary>All protected records of the gateway, by what cannot repeat: key and number. Each connection has its own path here.</summary>
    private sealed class SentRecords
    {
        private readonly Dictionary<ulong, List<ulong>> _numbers = [];

        public SentRecords(Scenario world)
        {
            world.Sending = (path, datagram) =>
            {
                if (datagram[3] != 0 || datagram[4] != 1)
                {
                    return;
                }

                var number = BinaryPrimitives.ReadUInt64BigEndian(datagram.AsSpan(3)) & 0xFFFF_FFFF_FFFF;
                var host = path.Remote.Low & 0xFFFF;
                var name = host >= 0x100 + 500 ? host - 499 : host; // a device moves from PathOf(n + 1) to PathOf(n + 500)
                (_numbers.TryGetValue(name, out var list) ? list : _numbers[name] = []).Add(number);
            };
        }

        public void AssertNoneRepeats(int devices)
        {
            Assert.Equal(devices, _numbers.Count);
            Assert.All(_numbers.Values, numbers => Assert.Equal(numbers.Order().Distinct(), numbers));
            Assert.All(_numbers.Values, numbers => Assert.Equal(Enumerable.Range(0, numbers.Count).Select(number => (ulong)number + 1), numbers)); // 0 was the Finished
        }
    }

    private sealed class Except(IPeerVerifier verifier, byte[] leaf) : IPeerVerifier
    {
        public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time) =>
            chain[0].AsSpan().SequenceEqual(leaf)
                ? PeerVerdict.Refuse(AlertDescription.CertificateExpired, "expired", null, null, null)
                : verifier.Verify(chain, time);
    }
}
