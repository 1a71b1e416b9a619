using CoapBridge.Gateway;
using CoapBridge.Tests.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

public class LongestIdleTests
{
    private readonly Dictionary<DeviceLink, DtlsPair> _pairs = new(ReferenceEqualityComparer.Instance);
    private readonly LongestIdle _idle = new(candidates: 2);

    [Fact]
    public void They_come_in_the_order_in_which_they_were_heard_of()
    {
        var links = new[] { 50, 10, 40, 20, 30 }.Select(HeardAfter).ToList();
        foreach (var expected in new[] { links[1], links[3], links[4], links[2], links[0] })
        {
            Assert.Same(expected, _idle.Find(links));
            Assert.Same(expected, _idle.Find(links));
            expected.Connection.Close();
            links.Remove(expected);
        }

        // Two in a pass.
        Assert.Equal(3, _idle.Passes);
    }

    [Fact]
    public void One_that_was_heard_of_since_is_passed_over()
    {
        var links = new[] { 10, 20, 30 }.Select(HeardAfter).ToList();
        Assert.Same(links[0], _idle.Find(links));
        Hear(links[0]);
        Assert.Same(links[1], _idle.Find(links));
        Assert.Equal(1, _idle.Passes);

        // Whoever was found is used up: all are looked at again, and it is the third one's turn.
        Hear(links[1]);
        Assert.Same(links[2], _idle.Find(links));
        Assert.Equal(2, _idle.Passes);
    }

    private DeviceLink HeardAfter(int seconds)
    {
        // One seed: their clocks begin at the same instant.
        var pair = DtlsPair.Connected();
        pair.RunFor(TimeSpan.FromSeconds(seconds));
        pair.SendToServer("here");
        pair.RunFor(TimeSpan.FromSeconds(1));
        var path = new NetworkPath(PeerAddress.FromIPv4(0x0A000000 + (uint)seconds, 40_000), PeerAddress.FromIPv4(0x7F000001, 5684));
        var link = new DeviceLink(path, pair.ServerConnection!, (ulong)seconds, default);
        _pairs[link] = pair;
        return link;
    }

    private void Hear(DeviceLink link)
    {
        _pairs[link].RunFor(TimeSpan.FromSeconds(100));
        _pairs[link].SendToServer("again");
        _pairs[link].RunFor(TimeSpan.FromSeconds(1));
    }
}
