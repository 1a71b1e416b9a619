using CoapBridge.Gateway;
using CoapBridge.Shards;

namespace CoapBridge.Tests.Host;

public sealed class SurveyOrderTests
{
    [Fact]
    public async Task A_shard_that_is_done_in_time_gives_what_it_found()
    {
        var order = new SurveyOrder(new ConnectionSurvey(null, 1));
        var waiting = order.WaitAsync(Timeout.InfiniteTimeSpan);
        Assert.False(order.IsOver);
        order.Complete();
        Assert.Same(order.Survey, await waiting);
    }

    /// <summary>Nobody reads what the shard goes on writing, and the shard sees that it need not go on.</summary>
    [Fact]
    public async Task One_that_is_slow_is_not_waited_for_and_need_not_go_on()
    {
        var order = new SurveyOrder(new ConnectionSurvey(null, 1));
        Assert.Null(await order.WaitAsync(TimeSpan.Zero));
        Assert.True(order.IsOver);
        order.Complete();
        Assert.True(order.IsOver);
    }
}
