using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Tests.Dtls;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

public class DeviceIndexTests
{
    private readonly DeviceIndex _index = new();

    [Fact]
    public void A_handshake_stands_beside_the_connection_until_it_takes_its_place()
    {
        var old = Begin(1);
        Assert.Null(_index.Establish(old));
        var fresh = Begin(1);
        Assert.Equal((old, fresh), (_index.Find(fresh.Path).Established, _index.Find(fresh.Path).Handshake));

        Assert.Same(old, _index.Establish(fresh));
        Assert.Same(fresh, _index.Find(fresh.Path).Established);

        // What was replaced is no longer found by its path; removing it leaves the newcomer.
        _index.Remove(old);
        Assert.Same(fresh, _index.Find(fresh.Path).Established);
        Assert.Equal((1, 0), (_index.EstablishedCount, _index.HandshakeCount));
    }

    [Fact]
    public void A_handshake_that_fails_leaves_the_connection()
    {
        var old = Begin(1);
        _index.Establish(old);
        var failed = Begin(1);
        _index.Remove(failed);

        Assert.Equal(new DeviceIndex.Entry(old, null), _index.Find(old.Path));
        _index.Remove(old);
        Assert.Equal(default, _index.Find(old.Path));
        Assert.Equal((0, 0), (_index.EstablishedCount, _index.HandshakeCount));
    }

    [Fact]
    public void Handshakes_are_counted_by_host_and_forgotten_when_they_end()
    {
        var links = Enumerable.Range(1, 3).Select(Begin).ToList();
        Assert.Equal(1, _index.HandshakesFrom(links[0].Path));
        var samePort = links[0].Path with { Remote = links[0].Path.Remote with { Port = 1 } };
        Assert.Equal(1, _index.HandshakesFrom(samePort));
        _index.Establish(links[0]);
        _index.Remove(links[1]);
        Assert.Equal((0, 0, 1), (_index.HandshakesFrom(links[0].Path), _index.HandshakesFrom(links[1].Path), _index.HandshakesFrom(links[2].Path)));
    }

    [Fact]
    public void The_oldest_handshake_is_the_oldest_that_is_still_under_way()
    {
        var links = Enumerable.Range(1, 4).Select(Begin).ToList();
        _index.Establish(links[0]);
        _index.Remove(links[1]);
        Assert.Same(links[2], _index.OldestHandshake());
        _index.Remove(links[2]);
        _index.Remove(links[3]);
        Assert.Null(_index.OldestHandshake());
    }

    [Fact]
    public void Ended_handshakes_are_not_kept_behind_one_that_hangs()
    {
        var hanging = Begin(0);
        for (var number = 1; number <= 10_000; number++)
        {
            var link = Begin(number);
            if (number % 2 == 0)
            {
                _index.Establish(link);
            }
            else
            {
                _index.Remove(link);
            }
        }

        Assert.InRange(_index.QueuedCount, 1, 100);
        Assert.Same(hanging, _index.OldestHandshake());
        Assert.Equal((5_000, 1), (_index.EstablishedCount, _index.HandshakeCount));
    }

    private DeviceLink Begin(int number)
    {
        var path = new NetworkPath(PeerAddress.FromIPv4(0x0A000000 + (uint)number, 40_000), PeerAddress.FromIPv4(0x7F000001, 5684));
        var connection = DtlsClient.Connect(DtlsPair.DefaultClient, new SeededEntropy(number), default);
        var link = new DeviceLink(path, connection, (ulong)number, default);
        _index.AddHandshake(link);
        return link;
    }
}
