using CoapBridge.Gateway.Subscriptions;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Gateway;

/// <summary>Changes of one topic go one after the other, whichever shard they come from.</summary>
public class TopicTurnsTests
{
    private readonly TopicTurns _turns = new();

    [Fact]
    public void Shards_come_in_the_order_in_which_they_asked()
    {
        Ask(0, "a");
        Ask(1, "a");
        Ask(2, "a");
        Ask(1, "b");
        Assert.Equal([(0, new TurnGrant("a", null)), (1, new TurnGrant("b", null))], Grants());
        End(0, "a", "m1");
        Assert.Equal([(1, new TurnGrant("a", "m1"))], Grants());
        End(1, "a", null);
        Assert.Equal([(2, new TurnGrant("a", null))], Grants());
        End(2, "a", "m2");
        End(1, "b", null);
        Assert.Equal(0, _turns.Count);
        Ask(0, "a");
        Assert.Equal([(0, new TurnGrant("a", "m2"))], Grants());
    }

    [Fact]
    public void An_end_without_a_turn_is_nothing()
    {
        End(0, "a", "m");
        Ask(1, "a");
        Assert.Equal([(1, new TurnGrant("a", null))], Grants());
    }

    [Fact]
    public void What_was_written_is_remembered_for_so_many_topics()
    {
        for (var number = 0; number <= TopicTurns.MaximumWritten; number++)
        {
            Ask(0, $"t{number}");
            End(0, $"t{number}", "m");
        }

        Grants();
        Ask(1, "t0");
        Ask(1, "t1");
        Assert.Equal([(1, new TurnGrant("t0", null)), (1, new TurnGrant("t1", "m"))], Grants());
    }

    private void Ask(int shard, string topic) => _turns.Handle(new TurnRequest(shard, topic));

    private void End(int shard, string topic, string? written) => _turns.Handle(new TurnRequest(shard, topic, IsOver: true, written));

    private List<(int Shard, TurnGrant Grant)> Grants()
    {
        var grants = new List<(int Shard, TurnGrant Grant)>();
        while (_turns.TryTake(out var shard, out var grant))
        {
            grants.Add((shard, grant));
        }

        return grants;
    }
}
