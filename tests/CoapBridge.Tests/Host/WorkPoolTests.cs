using System.Collections.Concurrent;
using CoapBridge.Network;

namespace CoapBridge.Tests.Host;

public sealed class WorkPoolTests
{
    [Fact]
    public void Work_that_does_not_fit_is_refused_at_once()
    {
        using var gate = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        var done = 0;
        var pool = new WorkPool<int>(1, 2, _ => { started.Set(); gate.Wait(); Interlocked.Increment(ref done); }, _ => { });
        Assert.True(pool.TryEnqueue(1));
        started.Wait(TestContext.Current.CancellationToken);
        Assert.True(pool.TryEnqueue(2));
        Assert.True(pool.TryEnqueue(3));
        Assert.False(pool.TryEnqueue(4));
        gate.Set();
        pool.Dispose();
        Assert.Equal(3, done);
        Assert.False(pool.TryEnqueue(5));
    }

    [Fact]
    public void A_faulty_item_is_told_and_the_thread_goes_on()
    {
        var faults = new ConcurrentQueue<Exception>();
        var done = new ConcurrentQueue<int>();
        using (var pool = new WorkPool<int>(1, 8, item => done.Enqueue(10 / item), faults.Enqueue))
        {
            Assert.True(pool.TryEnqueue(0));
            Assert.True(pool.TryEnqueue(5));
        }

        Assert.IsType<DivideByZeroException>(Assert.Single(faults));
        Assert.Equal([2], done);
    }

    [Fact]
    public void Its_threads_have_a_lower_priority()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "nice values are Linux's");
        var own = ThreadPriorities.CurrentNice();
        var nice = int.MinValue;
        using (var pool = new WorkPool<int>(1, 1, _ => nice = ThreadPriorities.CurrentNice(), _ => { }))
        {
            Assert.True(pool.TryEnqueue(0));
        }

        Assert.Equal(Math.Max(own, 10), nice);
        Assert.Equal(own, ThreadPriorities.CurrentNice());
    }

    [Fact]
    public void An_inbox_is_bounded_and_wakes_its_owner()
    {
        var wakes = 0;
        var inbox = new Inbox<int>(2, () => wakes++);
        Assert.True(inbox.TryPost(1));
        Assert.True(inbox.TryPost(2));
        Assert.False(inbox.TryPost(3));
        Assert.Equal(2, wakes);
        Assert.True(inbox.TryTake(out var first));
        Assert.Equal(1, first);
        Assert.True(inbox.TryPost(4));
    }
}
