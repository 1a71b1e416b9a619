using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Tests.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway.Sessions;

/// <summary>REQUIREMENTS 10.19; DESIGN D-17, D-19.</summary>
public class LiveConnectionsTests
{
    private static readonly DtlsPair Pair = new();

    private readonly List<DeviceLink> _links = [];

    [Fact]
    public void Up_to_the_limit_only_the_newest_is_told()
    {
        var live = new LiveConnections(3);
        Arrive(live, "a", 0);
        Assert.Empty(Orders(live));
        Arrive(live, "a", 1);
        Assert.Equal(["0 Yield 0"], Orders(live));
        Arrive(live, "b", 2);
        Assert.Empty(Orders(live));
        Assert.Equal(2, live.DeviceCount);
    }

    [Theory]
    [InlineData(new[] { 7, 5, 9 }, 1)]
    [InlineData(new[] { 5, 7, 9 }, 0)]
    [InlineData(new[] { 9, 7, 5 }, 2)]
    [InlineData(new[] { 7, 7, 7 }, 0)]
    public void Above_it_the_shards_are_asked_and_the_longest_idle_one_goes(int[] lastHeard, int goes)
    {
        var live = new LiveConnections(3);
        Enumerable.Range(0, 4).ToList().ForEach(number => Arrive(live, "a", number));
        Assert.Equal(["0 SayLastHeard 0", "1 SayLastHeard 1", "2 SayLastHeard 2"], Orders(live).Where(order => !order.Contains("Yield", StringComparison.Ordinal)).Order());
        for (var number = 2; number >= 0; number--)
        {
            Assert.Empty(Orders(live));
            Say(live, "a", number, lastHeard[number]);
        }

        Assert.Equal([$"{goes} Close {goes}"], Orders(live));

        // It leaves; there is room for no more and no less.
        Leave(live, "a", goes);
        Assert.Empty(Orders(live));
        Arrive(live, "a", 4);
        Assert.Equal(3, Orders(live).Count(order => order.Contains("SayLastHeard", StringComparison.Ordinal)));
    }

    [Fact]
    public void With_a_limit_of_one_each_newcomer_takes_the_place()
    {
        var live = new LiveConnections(1);
        Arrive(live, "a", 0);
        Arrive(live, "a", 1);
        Assert.Equal(["0 Yield 0", "0 SayLastHeard 0"], Orders(live));
        Say(live, "a", 0, 99);
        Assert.Equal(["0 Close 0"], Orders(live));
    }

    [Fact]
    public void One_that_left_by_itself_meanwhile_makes_the_room()
    {
        var live = new LiveConnections(2);
        Enumerable.Range(0, 3).ToList().ForEach(number => Arrive(live, "a", number));
        Orders(live);
        Leave(live, "a", 0);
        Say(live, "a", 1, 5);
        Assert.Empty(Orders(live));
    }

    [Fact]
    public void What_was_said_in_one_round_does_not_count_in_the_next()
    {
        var live = new LiveConnections(2);
        Enumerable.Range(0, 3).ToList().ForEach(number => Arrive(live, "a", number));
        Say(live, "a", 0, 1);
        Say(live, "a", 1, 2);
        Orders(live);
        Arrive(live, "a", 3);
        Orders(live);
        Say(live, "a", 2, 1);
        Assert.Empty(Orders(live));
        Say(live, "a", 1, 7);
        Assert.Equal(["2 Close 2"], Orders(live));
    }

    [Fact]
    public void When_several_come_at_once_as_many_go()
    {
        var live = new LiveConnections(2);
        Enumerable.Range(0, 5).ToList().ForEach(number => Arrive(live, "a", number));
        Orders(live);
        foreach (var number in Enumerable.Range(0, 4))
        {
            Say(live, "a", number, 10 - number);
        }

        Assert.Equal(["3 Close 3", "2 Close 2", "1 Close 1"], Orders(live));
    }

    [Fact]
    public void When_the_newest_ends_the_one_before_it_leads()
    {
        var live = new LiveConnections(4);
        Enumerable.Range(0, 3).ToList().ForEach(number => Arrive(live, "a", number));
        Orders(live);
        Leave(live, "a", 1);
        Assert.Empty(Orders(live));
        Leave(live, "a", 2);
        Assert.Equal(["0 Lead 0"], Orders(live));
        Leave(live, "a", 0);
        Assert.Empty(Orders(live));
        Assert.Equal(0, live.DeviceCount);
        Leave(live, "a", 0);
        Say(live, "a", 0, 1);
        Assert.Empty(Orders(live));
    }

    private void Arrive(LiveConnections live, string device, int number)
    {
        _links.Add(new DeviceLink(default, Pair.Client, (ulong)number, default));
        live.Arrive(new SessionMessage.Arrived(number, device, _links[number]));
    }

    private void Leave(LiveConnections live, string device, int number) => live.Leave(new SessionMessage.Left(device, _links[number]));

    private void Say(LiveConnections live, string device, int number, int time) =>
        live.HandleLastHeard(new SessionMessage.LastHeard(device, _links[number], new Instant(time)));

    private static List<string> Orders(LiveConnections live)
    {
        var orders = new List<string>();
        while (live.TryTakeOrder(out var shard, out var order))
        {
            orders.Add($"{shard} {order.Kind} {order.Link.HelloFingerprint}");
        }

        return orders;
    }
}
