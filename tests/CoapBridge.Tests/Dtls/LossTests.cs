using System.Text;

namespace CoapBridge.Tests.Dtls;

/// <summary>ATTACKS D20, C09: whatever single datagrams a network loses, doubles or delays, a handshake comes to its end.</summary>
public sealed class LossTests
{
    private const int Datagrams = 16;

    [Theory]
    [InlineData(1232)]
    [InlineData(400)]
    public void The_loss_of_each_datagram_and_each_pair_is_survived(int maximum)
    {
        for (var first = 0; first < Datagrams; first++)
        {
            for (var second = first; second < Datagrams; second++)
            {
                var (one, two) = (first, second);
                Run(maximum, (number, delay) => number == one || number == two ? [] : [delay], $"lost {first} and {second}");
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
                Run(400, (number, delay) => number == which ? [delay, delay + TimeSpan.FromMilliseconds(late)] : [delay], $"doubled {doubled} after {late} ms");
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
                Run(400, (number, delay) => [number == which ? delay + TimeSpan.FromMilliseconds(late) : delay], $"delayed {delayed} by {late} ms");
            }
        }
    }

    private static void Run(int maximum, Func<int, TimeSpan, TimeSpan[]> network, string what)
    {
        var pair = new DtlsPair(
            1, DtlsPair.DefaultServer with { MaximumDatagram = maximum }, DtlsPair.DefaultClient with { MaximumDatagram = maximum });
        var number = 0;
        pair.Network = (_, datagram) => network(number++, TimeSpan.FromMilliseconds(10)).Select(delay => (delay, datagram)).ToArray();
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(20));
        Assert.True(pair.IsConnected, what);
        pair.SendToServer("hello");
        pair.RunFor(TimeSpan.FromSeconds(10));
        if (number > Datagrams)
        {
            Assert.Equal("hello", Encoding.UTF8.GetString(Assert.Single(pair.ReceivedByServer)));
        }

        Assert.True(pair.IsConnected, what);
        Assert.Single(pair.ServerEvents);
        Assert.Single(pair.ClientEvents);
    }
}
