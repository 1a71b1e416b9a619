using CoapBridge.Tools.Load;

namespace CoapBridge.Tests.Tools;

public sealed class LatenciesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_percentile_is_at_most_three_percent_more_than_the_true_one(int seed)
    {
        var random = new Random(seed);
        var latencies = new Latencies();
        var all = Enumerable.Range(0, 10_000).Select(_ => (long)Math.Exp(random.NextDouble() * 18)).Order().ToArray();
        foreach (var microseconds in all)
        {
            latencies.Add(TimeSpan.FromMicroseconds(microseconds));
        }

        foreach (var part in new[] { 0.001, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var truth = all[(int)Math.Ceiling(part * all.Length) - 1];
            Assert.InRange(latencies.Percentile(part)!.Value.TotalMicroseconds, truth, truth * 1.0313);
        }

        Assert.Equal(all[^1], latencies.Longest.TotalMicroseconds);
    }

    [Fact]
    public void Two_of_them_add_up()
    {
        var (first, second) = (new Latencies(), new Latencies());
        first.Add(TimeSpan.FromMilliseconds(1));
        second.Add(TimeSpan.FromMilliseconds(9));
        second.Add(TimeSpan.FromMilliseconds(9));
        first.Add(second);
        Assert.Equal((3L, TimeSpan.FromMilliseconds(9)), (first.Count, first.Longest));
        Assert.Equal(TimeSpan.FromMilliseconds(9), first.Percentile(0.5));
    }

    [Fact]
    public void Without_any_there_is_no_percentile() => Assert.Null(new Latencies().Percentile(0.5));

    [Fact]
    public void What_is_longer_than_half_an_hour_is_in_the_last_class()
    {
        var latencies = new Latencies();
        latencies.Add(TimeSpan.FromDays(1));
        Assert.NotNull(latencies.Percentile(1));
    }
}
