using System.Text;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Relay;

/// <summary>Commands of all devices by one subscription: whose each is stands in its topic or in the property bag there.</summary>
public class CommandSourceTests
{
    private const string Bound = "devices/gateway-1/messages/devicebound/";

    private static readonly RouteEntry Hub = new("c", RouteKind.Commands, $"{Bound}{{properties}}") { Filter = $"{Bound}#" };

    private static readonly RouteEntry Methods = new("c", RouteKind.Commands, "$iothub/methods/POST/{device}.{name}/?$rid={id}")
    {
        Filter = "$iothub/methods/POST/#", Reply = "$iothub/methods/res/{status}/?$rid={id}", Expiry = 30,
    };

    private static readonly RouteEntry Shared = new("c", RouteKind.Commands, "{prefix}/{device}/c/#") { Filter = "{prefix}/+/c/#" };

    [Theory]
    [InlineData("devices/d-1/c/a/b", "d-1", "a/b")]
    [InlineData("devices/d-1/c", "d-1", "")]
    [InlineData("devices/d-1/x", null, null)]
    [InlineData("devices//c/a", null, null)]
    public void The_device_is_a_level_of_the_topic(string topic, string? device, string? name) => AssertRead(Shared, topic, device, name, null);

    [Theory]
    [InlineData("device=d-1", "d-1", "")]
    [InlineData("%24.to=%2Fdevices%2Fgateway-1&device=d%2D1&name=valve%2Fopen&empty=&alone", "d-1", "valve/open")]
    [InlineData("?device=d-1&name=a", "d-1", "a")]
    [InlineData("name=a", null, null)]
    [InlineData("", null, null)]
    [InlineData("device=", null, null)]
    public void The_device_is_a_property_in_the_topic(string bag, string? device, string? name) => AssertRead(Hub, Bound + bag, device, name, null);

    [Theory]
    [InlineData("d-1.reboot/?$rid=7", "d-1", "reboot", "$iothub/methods/res/{status}/?$rid=7")]
    [InlineData("plant.d-1.reboot/?$rid=a-b", "plant.d-1", "reboot", "$iothub/methods/res/{status}/?$rid=a-b")]
    [InlineData("reboot/?$rid=7", null, null, null)]
    [InlineData("d-1.reboot", null, null, null)]
    public void The_device_is_a_part_of_a_level(string rest, string? device, string? name, string? reply) =>
        AssertRead(Methods, $"$iothub/methods/POST/{rest}", device, name, reply);

    [Theory]
    [InlineData("200", "r/200/7")]
    [InlineData("", "r/200/7")]
    [InlineData("2.04", "r/204/7")]
    [InlineData("done", null)]
    public void A_status_in_the_reply_topic_is_a_number(string status, string? topic)
    {
        var command = new Command("1", "d", "n", new Content(ReadOnlyMemory<byte>.Empty), default) { ResponseTopic = "r/{status}/7" };
        Assert.Equal(topic, command.ReplyTopic(status));
    }

    [Theory]
    [InlineData("$SYS/#", "$SYS/{device}", null, "Filter")]
    [InlineData("$aws/things/+/c", "$aws/things/{device}/c", null, "Filter")]
    [InlineData("a/#/b", "a/{device}/b", null, "Filter")]
    [InlineData("a/+", "b/{device}", null, "Filter")]
    [InlineData("a/#", "a/b/#", null, "Topic")]
    [InlineData("a/#", "a/{device}/{device}", null, "Topic")]
    [InlineData("a/#", "a/{properties}/b", null, "Topic")]
    [InlineData("a/#", "a/{device}/{other}", null, "Topic")]
    [InlineData("a/#", "a/{device}/#/b", null, "Topic")]
    [InlineData("a/#", "a//{device}", null, "Topic")]
    [InlineData("a/#", "a/{device}", "r/{device}", "Reply")]
    [InlineData("a/#", "a/{device}", "$SYS/{id}", "Reply")]
    [InlineData("a/#", "a/{device}", "r/#", "Reply")]
    public void What_cannot_tell_devices_apart_is_refused(string filter, string topic, string? reply, string key)
    {
        Assert.False(RouteTable.TryCompile([new RouteEntry("c", RouteKind.Commands, topic) { Filter = filter, Reply = reply }], "devices", out _, out var errors));
        Assert.Equal(key, Assert.Single(errors).Key);
    }

    [Fact]
    public void Several_sources_are_one_route()
    {
        Assert.True(RouteTable.TryCompile([Hub, Methods], "devices", out var table, out _));
        Assert.Equal(($"{Bound}#", 2), (Assert.Single(table.Routes).SharedFilter, table.CommandSources.Count));
        Assert.Equal("devices/gateway-1/messages/devicebound", table.CommandSources[0].ResourceOf("d-1"));
        Assert.False(RouteTable.TryCompile([Hub, Methods with { Path = "d" }], "devices", out _, out var errors));
        Assert.Equal("Kind", Assert.Single(errors).Key);
        Assert.False(RouteTable.TryCompile([new("x", RouteKind.Publish, "x") { Filter = "x/#" }, new("c", RouteKind.Commands, "{device}/#") { Reply = "x" }], "devices", out _, out errors));
        Assert.Equal(["Filter", "Reply"], errors.Select(error => error.Key));
    }

    [Fact]
    public void The_desk_wants_each_source_once_and_takes_commands_for_devices_it_waits_for_alone()
    {
        var now = new Instant(5_000_000);
        var desk = DeskOf(Hub, Methods);
        Assert.Equal([$"{Bound}#", "$iothub/methods/POST/#"], Subscriptions(desk).Select(change => change.Filter));
        desk.HandleMessage(now, new DeskMessage.Connected("d-1", $"{Bound}#"));
        Assert.Empty(Subscriptions(desk));
        Assert.Equal(new CommandWrite.Subscribe("d-1", $"{Bound}#"), Writes(desk).Single());

        desk.HandleDelivery(now, Delivery($"{Bound}#", $"{Bound}device=d-2", 1));
        Assert.Equal(1, desk.RefusedCount);
        Assert.True(desk.TryTakeAcknowledgement(out var refused));
        Assert.Equal((1ul, true), (refused.Ticket, refused.Reason.IsFailure()));

        desk.HandleDelivery(now, Delivery("$iothub/methods/POST/#", "$iothub/methods/POST/d-1.reboot/?$rid=7", 2));
        var add = Assert.IsType<CommandWrite.Add>(Writes(desk).Single());
        Assert.Equal(("d-1", "reboot", "$iothub/methods/res/{status}/?$rid=7"), (add.Device, add.Command.Name, add.Command.ResponseTopic));
        Assert.Equal(now + TimeSpan.FromSeconds(30), add.Command.Ends);
        desk.HandleStored(now, add);
        Assert.Equal(1, desk.Count);

        // The device goes: after a day nobody waits for its commands, and the sources stay.
        desk.HandleMessage(now, new DeskMessage.Disconnected("d-1"));
        desk.HandleTimeout(now + TimeSpan.FromDays(2));
        Assert.Empty(Subscriptions(desk));
        desk.HandleDelivery(now + TimeSpan.FromDays(2), Delivery($"{Bound}#", $"{Bound}device=d-1", 3));
        Assert.Equal(2, desk.RefusedCount);
    }

    [Fact]
    public void What_a_run_with_other_routes_had_subscribed_to_is_not_asked_of_a_cloud_that_has_no_such_topics()
    {
        var desk = DeskOf(Hub);
        Subscriptions(desk);
        desk.Load(new Instant(5_000_000), [("d-1", "devices/d-1/c/#")], []);
        Assert.Empty(Subscriptions(desk));
        desk.HandleDelivery(new Instant(5_000_000), Delivery($"{Bound}#", $"{Bound}device=d-1", 1));
        Assert.IsType<CommandWrite.Add>(Writes(desk)[^1]);
    }

    [Fact]
    public void The_same_command_again_is_known()
    {
        var now = new Instant(5_000_000);
        var desk = DeskOf(Hub);
        desk.HandleMessage(now, new DeskMessage.Connected("d-1", $"{Bound}#"));
        Writes(desk);
        desk.HandleDelivery(now, Delivery($"{Bound}#", $"{Bound}device=d-1&name=a", 1));
        desk.HandleStored(now, Assert.IsType<CommandWrite.Add>(Writes(desk).Single()));
        desk.HandleDelivery(now, Delivery($"{Bound}#", $"{Bound}device=d-1&name=a", 2) with { IsDuplicate = true });
        Assert.Empty(Writes(desk));
    }

    private static void AssertRead(RouteEntry entry, string topic, string? device, string? name, string? reply)
    {
        var source = CommandSource.TryParse(entry, "devices", out _)!;
        var isRead = source.TryRead(new ApplicationMessage { Topic = topic }, out var address);
        Assert.Equal(device is not null, isRead);
        if (isRead)
        {
            Assert.Equal((device, name, reply), (address.Device, address.Name, address.ReplyTopic));
        }
    }

    private static CommandDesk DeskOf(params RouteEntry[] entries)
    {
        Assert.True(RouteTable.TryCompile(entries, "devices", out var table, out _));
        return new CommandDesk(new CommandDeskSettings { Sources = table.CommandSources, SharedFilter = table.Commands!.SharedFilter }, 2, new SeededEntropy(1));
    }

    private static Delivery Delivery(string filter, string topic, ulong ticket) => new(
        filter, new ApplicationMessage { Topic = topic, Payload = Encoding.UTF8.GetBytes("p"), QualityOfService = QualityOfService.AtLeastOnce }, ticket, IsDuplicate: false);

    private static List<SubscriptionChange> Subscriptions(CommandDesk desk)
    {
        var changes = new List<SubscriptionChange>();
        while (desk.TryTakeSubscription(out var change))
        {
            changes.Add(change);
        }

        return changes;
    }

    private static List<CommandWrite> Writes(CommandDesk desk)
    {
        var writes = new List<CommandWrite>();
        while (desk.TryTakeWrite(out var write))
        {
            writes.Add(write);
        }

        return writes;
    }
}
