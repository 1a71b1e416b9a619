using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Upstream;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Host;

/// <summary>Three brokers in order of preference; which are there is said by each test.</summary>
public class BrokerChoiceTests
{
    private static readonly TimeSpan _failBack = TimeSpan.FromMinutes(5);

    private readonly bool[] _isThere = [true, true, true];
    private readonly List<int> _tried = [];
    private readonly BrokerChoice _brokers;
    private Instant _now = new(123_456_789_012);

    public BrokerChoiceTests() => _brokers = new BrokerChoice(
        [.. Enumerable.Range(0, 3).Select<int, Func<CancellationToken, Task<(BrokerConnection?, BrokerFault?)>>>(index => _ => Task.FromResult(Try(index)))], _failBack);

    [Fact]
    public async Task The_most_preferred_one_that_is_there_is_taken_and_the_missing_one_is_told()
    {
        Assert.Equal((0, null), await Connect());
        (_isThere[0], _isThere[1]) = (false, false);
        Assert.Equal((2, "0"), await Connect());
        _isThere[2] = false;
        var (connection, fault, _) = await _brokers.ConnectAsync(_now, TestContext.Current.CancellationToken);
        Assert.Null(connection);
        Assert.Equal("0", fault!.Problem);
    }

    [Fact]
    public async Task One_that_drops_us_soon_twice_comes_last_for_a_minute()
    {
        await Connect();
        _brokers.HandleLost(_now += TimeSpan.FromSeconds(29));
        Assert.Equal((0, null), await Connect());
        _brokers.HandleLost(_now += TimeSpan.FromSeconds(29));
        Assert.Equal((1, null), await Connect());
        _brokers.HandleLost(_now += TimeSpan.FromSeconds(31)); // stable
        Assert.Equal((1, null), await Connect());
        _isThere[1] = _isThere[2] = false;
        Assert.Equal((0, "1"), await Connect()); // better than none
        (_isThere[1], _now) = (true, _now + TimeSpan.FromSeconds(30));
        Assert.Equal((0, null), await Connect());
    }

    [Fact]
    public async Task A_preferred_one_is_looked_for_while_another_serves()
    {
        await Connect();
        Assert.Null(_brokers.ProbeDue);
        _isThere[0] = false;
        await Connect();
        Assert.Equal(_now + _failBack, _brokers.ProbeDue);
        _tried.Clear();
        Assert.False(await _brokers.ProbeAsync(_now += _failBack, TestContext.Current.CancellationToken));
        Assert.Equal(_now + _failBack, _brokers.ProbeDue);
        _isThere[0] = true;
        Assert.True(await _brokers.ProbeAsync(_now, TestContext.Current.CancellationToken));
        Assert.Equal([0, 0], _tried); // and nobody else
    }

    [Fact]
    public async Task Going_back_in_vain_makes_the_next_look_later()
    {
        _isThere[0] = false;
        await Connect();
        _isThere[0] = true;
        await Connect();
        _brokers.HandleLost(_now += TimeSpan.FromSeconds(1));
        await Connect();
        _brokers.HandleLost(_now += TimeSpan.FromSeconds(1));
        Assert.Equal((1, null), await Connect());
        Assert.Equal(_now + (2 * _failBack), _brokers.ProbeDue);
    }

    private (BrokerConnection? Connection, BrokerFault? Fault) Try(int index)
    {
        _tried.Add(index);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        return _isThere[index] ? (new BrokerConnection(socket, new IPEndPoint(IPAddress.Loopback, index), new SslStream(new MemoryStream()), new BrokerAddress($"{index}", 1)), null)
            : (null, new BrokerFault(BrokerFaultReason.Unreachable, $"{index}", "none"));
    }

    private async Task<(int Index, string? Fault)> Connect()
    {
        var (connection, fault, index) = await _brokers.ConnectAsync(_now, TestContext.Current.CancellationToken);
        await connection!.DisposeAsync();
        _brokers.HandleConnected(_now, index);
        return (index, fault?.Problem);
    }
}
