using System.Text;

namespace CoapBridge.Tests.Dtls.Sessions;

/// <summary>ATTACKS G06: whatever the network loses, doubles or delays, an abbreviated handshake comes to its end.</summary>
public sealed class ResumedLossTests
{
    private const int Datagrams = 9;

    private static readonly Resumption Session = Resumption.Save();

    [Theory]
    [InlineData(1232)]
    [InlineData(256)]
    public void The_loss_of_each_datagram_and_each_pair_and_triple_is_survived(int maximum)
    {
        for (var first = 0; first < Datagrams; first++)
        {
            for (var second = first; second < Datagrams; second++)
            {
                for (var third = second; third < Datagrams; third++)
                {
                    var lost = new[] { first, second, third };
                    Run(maximum, (number, delay) => lost.Contains(number) ? [] : [delay], $"lost {first}, {second} and {third}");
                }
            }
        }
    }

    [Fact]
    public void A_copy_of_each_datagram_at_once_or_late_is_survived()
    {
        foreach (var late in new[] { 1, 30, 900, 3000 })
        {
            for (var doubled = 0; doubled < Datagrams; doubled++)
            {
                var which = doubled;
                Run(256, (number, delay) => number == which ? [delay, delay + TimeSpan.FromMilliseconds(late)] : [delay], $"doubled {doubled} after {late} ms");
            }
        }
    }

    [Fact]
    public void Each_datagram_may_be_overtaken()
    {
        foreach (var late in new[] { 15, 50, 700, 1500, 5000 })
        {
            for (var delayed = 0; delayed < Datagrams; delayed++)
            {
                var which = delayed;
                Run(256, (number, delay) => [number == which ? delay + TimeSpan.FromMilliseconds(late) : delay], $"delayed {delayed} by {late} ms");
            }
        }
    }

    [Fact]
    public void The_client_holds_the_last_flight_for_240_seconds()
    {
        // RFC 6347 §4.2.4: flight 3 was lost; each Finished of the server brings it back, even after application data.
        var pair = Session.Pair();
        var lose = true;
        pair.Network = (toServer, datagram) =>
            toServer && lose && datagram[0] == 20 ? [] : [(TimeSpan.FromMilliseconds(10), datagram)];
        pair.RunUntil(() => pair.Client.IsEstablished, TimeSpan.FromSeconds(2));
        pair.RunFor(TimeSpan.FromSeconds(40));
        Assert.False(pair.ServerConnection!.IsEstablished);
        pair.SendToServer("early");
        lose = false;
        pair.RunFor(TimeSpan.FromSeconds(70));
        Assert.True(pair.IsConnected);
        Assert.NotNull(pair.Client.NextDeadline);
        pair.SendToServer("hello");
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("hello", Encoding.UTF8.GetString(pair.ReceivedByServer[^1]));
    }

    private static void Run(int maximum, Func<int, TimeSpan, TimeSpan[]> network, string what)
    {
        var pair = Session.Pair(
            Resumption.Server with { MaximumDatagram = maximum }, DtlsPair.DefaultClient with { MaximumDatagram = maximum });
        var number = 0;
        pair.Network = (_, datagram) => network(number++, TimeSpan.FromMilliseconds(10)).Select(delay => (delay, datagram)).ToArray();
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(40));
        Assert.True(pair.IsConnected, what);
        number = int.MinValue;
        pair.SendToServer("hello");
        pair.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal("hello", Encoding.UTF8.GetString(Assert.Single(pair.ReceivedByServer)));
        Assert.True(Resumption.Completed(pair.ServerEvents).IsResumed, what);
        Assert.True(Resumption.Completed(pair.ClientEvents).IsResumed, what);
        Assert.Single(pair.ServerEvents);
        Assert.Single(pair.ClientEvents);
    }
}
