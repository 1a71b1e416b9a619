using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Simulation.Tests;

/// <summary>From the cloud to devices through the whole gateway: state, observers, commands, calls.</summary>
public class DownlinkTests
{
    public static TheoryData<int> TwentySeeds => Seeds.All(20);

    private readonly Scenario _world = Scenario.Create(11, new ScenarioSettings { Shards = 2 });

    [Fact]
    public void State_is_put_read_and_deleted()
    {
        var device = _world.AddConnectedDevice();
        Assert.Equal("2.01", Answer(device.Ask(CoapCode.Put, "ps/devices/device-1/x", "1")));
        Assert.Equal("2.04", Answer(device.Ask(CoapCode.Put, "ps/devices/device-1/x", "2")));
        var read = device.Ask(CoapCode.Get, "ps/devices/device-1/x", "");
        Assert.Equal("2.05", Answer(read));
        Assert.Equal("2", Text(read.Response));
        Assert.Equal("2.02", Answer(device.Ask(CoapCode.Delete, "ps/devices/device-1/x", "")));
        Assert.Equal("4.04", Answer(device.Ask(CoapCode.Get, "ps/devices/device-1/x", "")));
        Assert.Equal("4.03", Answer(device.Ask(CoapCode.Get, "ps/devices/device-2/x", "")));
        Assert.Null(_world.Broker.Complaint);
    }

    [Fact]
    public void Of_puts_by_devices_of_all_shards_only_one_makes_the_value()
    {
        var devices = Enumerable.Range(1, 8).Select(_ => _world.AddConnectedDevice("device-1", connectionId: [])).ToList();
        for (var round = 0; round < 10; round++)
        {
            var puts = devices.Select(device => device.Ask(CoapCode.Put, $"ps/devices/device-1/leader{round}", device.Path.ToString(), ifNoneMatch: true)).ToList();
            _world.Expect(() => puts.TrueForAll(put => put.IsOver), TimeSpan.FromMinutes(1), "answers");
            Assert.Equal(1, puts.Count(put => put.Code == CoapCode.Created));
            Assert.Equal(7, puts.Count(put => put.Code == CoapCode.PreconditionFailed));
        }
    }

    [Fact]
    public void Observers_on_all_shards_are_told_a_change_and_nothing_when_the_broker_restarts()
    {
        Publish("devices/device-1/x", "0", retain: true);
        var device = _world.AddConnectedDevice();
        Assert.Equal("2.05", Answer(device.Observe("ps/devices/device-1/x")));
        Publish("devices/device-1/x", "1", retain: true);
        _world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(["1"], device.Notifications.Select(Text));

        _world.Broker.GoAway();
        _world.RunFor(TimeSpan.FromSeconds(30));
        _world.Broker.LosesSessions = true;
        _world.Broker.ComeBack();
        _world.RunFor(TimeSpan.FromSeconds(30));
        Assert.Single(device.Notifications);
        Publish("devices/device-1/x", "2", retain: true);
        _world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(["1", "2"], device.Notifications.Select(Text));
    }

    [Fact]
    public void Observers_of_state_and_of_commands_outlive_a_restart_and_are_told_what_they_missed()
    {
        Publish("devices/device-1/x", "0", retain: true);
        var device = _world.AddConnectedDevice(connectionId: [7]);
        Assert.Equal("2.05", Answer(device.Observe("ps/devices/device-1/x")));
        Assert.Equal("2.05", Answer(device.Observe("c")));
        _world.RunFor(TimeSpan.FromMinutes(10));

        var saved = _world.Stop();
        Publish("devices/device-1/x", "1", retain: true);
        _world.RunFor(TimeSpan.FromSeconds(20));
        Assert.True(_world.Start(3, saved, TimeSpan.FromSeconds(20)));
        Assert.All(_world.TakenUp, Assert.Null);
        _world.RunFor(TimeSpan.FromSeconds(30));
        Assert.Contains("1", device.Notifications.Select(Text));

        Publish("devices/device-1/x", "2", retain: true);
        Command("device-1", "a", "go");
        _world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(["2", "go"], device.Notifications.Select(Text).TakeLast(2).Order());
        Assert.Equal(1, device.Handshakes);
    }

    [Fact]
    public void A_call_is_answered_by_the_cloud_or_504_in_time()
    {
        var device = _world.AddConnectedDevice();
        _world.RunFor(TimeSpan.FromSeconds(1));
        var call = device.Post("rpc/lookup", "a");
        _world.RunFor(TimeSpan.FromSeconds(1));
        var heard = Assert.Single(_world.Broker.Log, message => message.Topic == "devices/device-1/rpc/lookup");
        Publish(heard.ResponseTopic!, "42", retain: false, correlation: heard.CorrelationData);
        Assert.Equal("2.04", Answer(call));
        Assert.Equal("42", Text(call.Response));

        var silent = device.Post("rpc/lookup", "b");
        Assert.Equal("5.04", Answer(silent));
        Assert.Equal(10.0, silent.Took.TotalSeconds, 0.1);
    }

    [Fact]
    public void A_command_waits_is_polled_and_replied_to()
    {
        var device = _world.AddConnectedDevice();
        _world.RunFor(TimeSpan.FromSeconds(1));
        Command("device-1", "valve/open", "now");
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Single(_world.DeskFile.Commands);
        Assert.Equal(0, _world.Broker.UnacknowledgedCount);

        var poll = device.Ask(CoapCode.Get, "c", "");
        Assert.Equal("2.05", Answer(poll));
        Assert.Equal("now", Text(poll.Response));
        var path = Locations(poll.Response, OptionNumber.LocationPath);
        Assert.Equal("cr", path[0]);
        Assert.Equal(["n=valve/open"], Locations(poll.Response, OptionNumber.LocationQuery));

        Assert.Equal("2.04", Answer(device.Post($"cr/{path[1]}", "done", query: "status=200")));
        var reply = Assert.Single(_world.Broker.Log, message => message.Topic == "cloud/replies");
        Assert.Equal("done", Encoding.UTF8.GetString(reply.Payload.Span));
        Assert.Equal("key"u8.ToArray(), reply.CorrelationData!.Value.ToArray());
        Assert.Contains(new UserProperty("status", "200"), reply.UserProperties);
        Assert.Contains(new UserProperty("device", "device-1"), reply.UserProperties);
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Empty(_world.DeskFile.Commands);
        Assert.Equal("4.04", Answer(device.Post($"cr/{path[1]}", "again")));

        var none = device.Ask(CoapCode.Get, "c", "");
        Assert.Equal(("2.05", 0u, ""), (Answer(none), none.MaxAge, Text(none.Response)));
    }

    [Fact]
    public void A_command_that_is_sent_when_a_new_device_has_its_first_answer_reaches_it()
    {
        _world.Broker.SubscribeSlowness = TimeSpan.FromSeconds(1.5);
        var device = _world.AddConnectedDevice();
        var none = device.Ask(CoapCode.Get, "c", "");
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Empty(none.Response);
        Assert.Equal(("2.05", ""), (Answer(none), Text(none.Response)));
        _world.Broker.SubscribeSlowness = default;
        Command("device-1", "valve/open", "now");
        _world.RunFor(TimeSpan.FromSeconds(1));
        var poll = device.Ask(CoapCode.Get, "c", "");
        Assert.Equal(("2.05", "now"), (Answer(poll), Text(poll.Response)));
    }

    [Fact]
    public void An_observer_gets_commands_in_order_each_after_the_ack_of_the_one_before()
    {
        var device = _world.AddConnectedDevice();
        _world.RunFor(TimeSpan.FromSeconds(1));
        Command("device-1", "a", "1");
        Command("device-1", "b", "2");
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("2.05", Answer(device.Observe("c")));
        Command("device-1", "c", "3");
        _world.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal(["1", "2", "3"], device.Notifications.Select(Text));
        Assert.All(_world.DeskFile.Commands, command => Assert.True(command.IsTaken));
        var id = Locations(device.Notifications[1], OptionNumber.LocationPath)[1];
        Assert.Equal("2.04", Answer(device.Post($"cr/{id}", "ok")));
        Assert.Single(_world.Broker.Log, message => message.Topic == "cloud/replies");
    }

    [Theory]
    [MemberData(nameof(TwentySeeds))]
    public void Commands_survive_loss_and_restarts_of_gateway_and_broker(int seed)
    {
        var world = Scenario.Create(seed, new ScenarioSettings { Shards = 2 }).Loss(0.2);
        var device = world.AddDevice();
        world.Expect(() => device.IsConnected && world.Link.IsConnected, TimeSpan.FromMinutes(10), "connected");
        world.RunFor(TimeSpan.FromSeconds(2));
        for (var number = 0; number < 5; number++)
        {
            world.Broker.Publish(CommandOf(device.Name, "x", number.ToString(null, null)));
        }

        world.RunFor(TimeSpan.FromSeconds(1));
        world.Broker.Drop();
        world.Restart(2, TimeSpan.FromSeconds(5));
        world.Expect(() => world.Link.IsConnected, TimeSpan.FromMinutes(1), "broker");
        var heard = new List<string>();
        for (var attempt = 0; attempt < 200 && heard.Count < 5; attempt++)
        {
            var poll = device.Ask(CoapCode.Get, "c", "");
            world.RunUntil(() => poll.IsOver, TimeSpan.FromMinutes(5));
            if (poll.Code == CoapCode.Content && Text(poll.Response) is { Length: > 0 } text && heard.LastOrDefault() != text)
            {
                heard.Add(text);
            }
        }

        Assert.Equal(["0", "1", "2", "3", "4"], heard);
    }

    [Fact]
    public void A_command_for_a_device_that_is_away_waits_for_it()
    {
        var device = _world.AddConnectedDevice();
        _world.RunFor(TimeSpan.FromSeconds(1));
        device.StaysDown = true;
        device.Close();
        _world.RunFor(TimeSpan.FromHours(23));
        Command("device-1", "x", "1");
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Single(_world.DeskFile.Commands);
        _world.RunFor(TimeSpan.FromHours(2));
        Assert.DoesNotContain("devices/device-1/c/#", _world.Broker.Filters);
        Assert.Single(_world.DeskFile.Commands);
        device.StartOver();
        _world.Expect(() => device.IsConnected, TimeSpan.FromMinutes(1), "connected");
        var poll = device.Ask(CoapCode.Get, "c", "");
        Assert.Equal(("2.05", "1"), (Answer(poll), Text(poll.Response)));
    }

    [Fact]
    public void An_answer_to_a_post_brings_a_command_that_comes_in_time()
    {
        var device = _world.AddConnectedDevice();
        _world.RunFor(TimeSpan.FromSeconds(1));
        var waiting = device.Post("t", "21.5", query: "ttd=60");
        _world.RunFor(TimeSpan.FromSeconds(20));
        Assert.False(waiting.IsOver);
        Command("device-1", "x", "1");
        Assert.Equal(("2.04", "1"), (Answer(waiting), Text(waiting.Response)));
        Assert.Equal("cr", Locations(waiting.Response, OptionNumber.LocationPath)[0]);

        var alone = device.Post("t", "21.5", query: "ttd=30");
        Assert.Equal(("2.04", ""), (Answer(alone), Text(alone.Response)));
        Assert.InRange(alone.Took.TotalSeconds, 30, 31);
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.All(_world.DeskFile.Commands, command => Assert.True(command.IsTaken));
    }

    [Fact]
    public void A_drain_ends_those_who_wait_for_a_command_with_a_success()
    {
        var device = _world.AddConnectedDevice();
        _world.RunFor(TimeSpan.FromSeconds(1));
        var waiting = device.Post("t", "21.5", query: "ttd=300");
        _world.RunFor(TimeSpan.FromSeconds(2));
        _world.BeginDrain(TimeSpan.FromSeconds(6));
        _world.RunFor(TimeSpan.FromSeconds(6));
        Assert.Equal(CoapCode.Changed, waiting.Code);
        Assert.Equal(0, _world.Connections);
    }

    [Fact]
    public void A_command_is_acknowledged_only_when_it_is_on_disk()
    {
        _world.AddConnectedDevice();
        _world.RunFor(TimeSpan.FromSeconds(1));
        _world.StoreTime = TimeSpan.FromSeconds(3);
        Command("device-1", "x", "1");
        _world.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(1, _world.Broker.UnacknowledgedCount);
        _world.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(0, _world.Broker.UnacknowledgedCount);
    }

    [Fact]
    public void A_command_may_be_a_request_to_the_device_whose_response_is_the_reply()
    {
        var world = WithRequests();
        var device = world.AddConnectedDevice();
        var asked = new List<string>();
        device.Server = (path, payload) =>
        {
            asked.Add($"{path} {payload}");
            return (CoapCode.Changed, "done " + payload);
        };
        world.RunFor(TimeSpan.FromSeconds(1));
        world.Broker.Publish(CommandOf("device-1", "valve/open", "1"));
        world.Broker.Publish(CommandOf("device-1", "valve/open", "2"));
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(["valve/open 1", "valve/open 2"], asked);
        var replies = world.Broker.Log.Where(message => message.Topic == "cloud/replies").ToList();
        Assert.Equal(["done 1", "done 2"], replies.Select(World.Text));
        Assert.Equal("2.04", World.Property(replies[0], "status"));
        Assert.Equal("/valve/open", World.Property(replies[0], "path"));
        Assert.Equal("key"u8.ToArray(), replies[0].CorrelationData!.Value.ToArray());
        Assert.Empty(world.DeskFile.Commands);
    }

    [Fact]
    public void A_device_that_does_not_respond_is_asked_again_after_its_next_own_request()
    {
        var world = WithRequests();
        var device = world.AddConnectedDevice();
        var asked = 0;
        device.Server = (_, _) => ++asked == 1 ? null : (CoapCode.Content, "ok");
        world.RunFor(TimeSpan.FromSeconds(1));
        world.Broker.Publish(CommandOf("device-1", "x", "1"));
        world.RunFor(TimeSpan.FromMinutes(10));
        Assert.Equal(1, asked);
        Assert.Single(world.DeskFile.Commands);
        device.Post("t", "21.5");
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(2, asked);
        Assert.Empty(world.DeskFile.Commands);
        Assert.Single(world.Broker.Log, message => message.Topic == "cloud/replies");
    }

    [Fact]
    public void A_device_that_is_no_server_keeps_its_commands_to_poll()
    {
        var world = WithRequests();
        var device = world.AddConnectedDevice();
        world.RunFor(TimeSpan.FromSeconds(1));
        world.Broker.Publish(CommandOf("device-1", "x", "1"));
        world.RunFor(TimeSpan.FromSeconds(5));
        var poll = device.Ask(CoapCode.Get, "c", "");
        world.Expect(() => poll.IsOver, TimeSpan.FromSeconds(5), "an answer");
        Assert.Equal("1", Text(poll.Response));
    }

    private static Scenario WithRequests()
    {
        RouteEntry[] entries = [.. RouteTable.DefaultEntries.Select(entry => entry.Kind == RouteKind.Commands ? entry with { AsRequests = true } : entry)];
        Assert.True(RouteTable.TryCompile(entries, "devices", out var routes, out _));
        return Scenario.Create(12, new ScenarioSettings { Routes = routes });
    }

    private void Command(string device, string name, string payload) => _world.Broker.Publish(CommandOf(device, name, payload));

    private static ApplicationMessage CommandOf(string device, string name, string payload) => new()
    {
        Topic = $"devices/{device}/c/{name}",
        Payload = Encoding.UTF8.GetBytes(payload),
        QualityOfService = QualityOfService.AtLeastOnce,
        ResponseTopic = "cloud/replies",
        CorrelationData = "key"u8.ToArray(),
    };

    private void Publish(string topic, string payload, bool retain, ReadOnlyMemory<byte>? correlation = null) => _world.Broker.Publish(new ApplicationMessage
    {
        Topic = topic, Payload = Encoding.UTF8.GetBytes(payload), Retain = retain, QualityOfService = QualityOfService.AtLeastOnce,
        CorrelationData = correlation,
    });

    private string? Answer(SimulatedRequest request)
    {
        _world.Expect(() => request.IsOver, TimeSpan.FromMinutes(6), "an answer");
        return request.Code.ToString();
    }

    private static string Text(byte[] datagram) => CoapMessage.TryParse(datagram, out var message, out _) ? Encoding.UTF8.GetString(message.Payload) : "";

    private static List<string> Locations(byte[] datagram, OptionNumber number)
    {
        CoapMessage.TryParse(datagram, out var message, out _);
        var values = new List<string>();
        foreach (var option in message.Options)
        {
            if (option.Number == number)
            {
                values.Add(Encoding.UTF8.GetString(option.Value));
            }
        }

        return values;
    }
}
