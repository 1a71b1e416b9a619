using CoapBridge.Wire;

namespace CoapBridge.Tests.Wire;

public sealed class DeadlineQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_queue_does_what_a_dictionary_would(int seed)
    {
        var random = new Random(seed);
        var queue = new DeadlineQueue<Owner>();
        var model = new Dictionary<Owner, Instant>();
        var owners = Enumerable.Range(0, 40).Select(_ => new Owner()).ToArray();
        var now = new Instant(1000);
        for (var round = 0; round < 20_000; round++)
        {
            var owner = owners[random.Next(owners.Length)];
            switch (random.Next(4))
            {
                case 0 or 1:
                    var due = now + TimeSpan.FromTicks(random.Next(-5, 50));
                    queue.Set(owner, due);
                    model[owner] = due;
                    break;
                case 2:
                    queue.Set(owner, null);
                    model.Remove(owner);
                    break;
                default:
                    now += TimeSpan.FromTicks(random.Next(10));
                    var last = new Instant(long.MinValue);
                    while (queue.TryTakeDue(now, out var taken))
                    {
                        Assert.True(model.Remove(taken, out var deadline), $"seed {seed}, round {round}");
                        Assert.True(deadline <= now && deadline >= last);
                        last = deadline;
                    }

                    Assert.DoesNotContain(model.Values, deadline => deadline <= now);
                    break;
            }

            Assert.Equal(model.Count, queue.Count);
            Assert.Equal(model.Count == 0 ? null : model.Values.Min(), queue.Next);
        }
    }

    [Fact]
    public void An_owner_that_moves_its_deadline_forever_costs_nothing()
    {
        var queue = new DeadlineQueue<Owner>();
        var owner = new Owner();
        queue.Set(owner, new Instant(0));
        for (var index = 0; index < 1000; index++)
        {
            queue.Set(owner, new Instant(index));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 0; index < 100_000; index++)
        {
            queue.Set(owner, new Instant(index));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000);
    }

    private sealed class Owner : IDeadlineOwner
    {
        public int DeadlinePlace { get; set; }
    }
}
