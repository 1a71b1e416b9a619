using CoapBridge.Commands;
using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Network;
using CoapBridge.Outbox;
using CoapBridge.Relay;
using CoapBridge.Sessions;
using CoapBridge.Storage;
using CoapBridge.Telemetry;
using CoapBridge.Upstream;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Shards;

/// <summary>All shards of the process with what they share: the routing, the work pool, the way to the broker link.</summary>
internal sealed class ShardGroup : IDisposable
{
    /// <summary>Bugs after which going on helps nobody; the service manager starts a fresh process.</summary>
    private const int MaximumFaults = 1_000;

    /// <summary>What a loop may take beyond the limit that its shard keeps by itself.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private readonly WorkPool<(int Shard, ShardWork Work)> _pool;
    private readonly ILogger _log;
    private readonly GatewayMetrics _metrics;
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _faults;

    public ShardGroup(
        IReadOnlyList<Shard> shards, ShardRouting routing, IReadOnlyList<UdpDoor> doors, UpstreamInbox upstream, LoopPulses pulses,
        SessionStore sessions, CommandDesk commands, OutboxDesk outbox, OutboxClaim claim, Action<string?> outboxAlarm, GatewayMetrics metrics, KeyLogFile? keyLog, ILogger log)
    {
        Upstream = upstream;
        Pulses = pulses;
        _metrics = metrics;
        _log = log;
        Routing = routing;
        Loops = [.. shards.Select((shard, number) => new ShardLoop(number, shard, doors[number], new GatewayEventLog(log, metrics, keyLog), this))];

        Sessions = new SessionLoop(
            sessions, (shard, mail) => Loops[shard].TryPost(mail), pulses.Sessions.Beat, exception => OnFault(exception, "sessions", null));

        Commands = new CommandLoop(
            commands, claim, upstream, answer => Loops[answer.Shard].TryPost(ShardMail.Of(answer)), pulses.Commands.Beat,
            exception => OnFault(exception, "commands", null), log);

        Outbox = new OutboxLoop(
            outbox, claim, upstream, answer => Loops[answer.Shard].TryPost(ShardMail.Of(answer.Receipt)), outboxAlarm,
            pulses.Outbox.Beat, exception => OnFault(exception, "outbox", null), log);

        // Each shard bounds its own work, so the pool's queue can hold all of it and never refuses.
        var capacity = shards.Count * ShardSettings.DefaultMaximumWork;
        _pool = new WorkPool<(int Shard, ShardWork Work)>(
            Environment.ProcessorCount, capacity, RunWork, exception => OnFault(exception, "work", null));
    }

    public IReadOnlyList<ShardLoop> Loops { get; }

    public ShardRouting Routing { get; }

    /// <summary>The owner of the resumable sessions.</summary>
    public SessionLoop Sessions { get; }

    /// <summary>The owner of the commands for devices.</summary>
    public CommandLoop Commands { get; }

    /// <summary>The owner of the messages of Keep routes.</summary>
    public OutboxLoop Outbox { get; }

    /// <summary>Where shards leave what is for the broker link.</summary>
    public UpstreamInbox Upstream { get; }

    public LoopPulses Pulses { get; }

    public int WorkDepth => _pool.Depth;

    /// <summary>Bugs that were caught.</summary>
    public int FaultCount => Volatile.Read(ref _faults);

    /// <summary>Completes when there were so many bugs that the process should end.</summary>
    public Task Broken => _broken.Task;

    public void Start()
    {
        Sessions.Start();
        Commands.Start();
        Outbox.Start();
        foreach (var loop in Loops)
        {
            loop.Start();
        }
    }

    /// <summary>To every shard.</summary>
    public void PostToAll(ShardMail mail)
    {
        foreach (var loop in Loops)
        {
            loop.TryPost(mail);
        }
    }

    /// <summary>To every shard, also to one that is so busy that its inbox is full: waits until there is room.</summary>
    public void PostSurely(ShardMail mail)
    {
        foreach (var loop in Loops)
        {
            while (!loop.TryPost(mail))
            {
                Thread.Sleep(10);
            }
        }
    }

    /// <summary>Answers what is open and closes every connection; true when all of it was done in time.</summary>
    public Task<bool> DrainAsync(TimeSpan limit)
    {
        PostToAll(ShardMail.Drain(limit));
        Outbox.TryPost(OutboxMail.Drain);
        return InTimeAsync(loop => loop.Drained.Task, limit + Slack);
    }

    /// <summary>Answers what is open, and leaves the connections to be saved; true when all of it was done in time.</summary>
    public Task<bool> HandOverAsync(TimeSpan limit)
    {
        PostToAll(ShardMail.Handover(limit));
        Outbox.TryPost(OutboxMail.Drain);
        return InTimeAsync(loop => loop.Drained.Task, limit + Slack);
    }

    /// <summary>Every connection; the shards are silent from here on. Null when a shard does not answer.</summary>
    public async Task<IReadOnlyList<byte[]>?> SaveAsync(TimeSpan limit)
    {
        PostToAll(ShardMail.Save());
        return await InTimeAsync(loop => loop.Saved.Task, limit).ConfigureAwait(false)
            ? [.. Loops.SelectMany(loop => loop.Saved.Task.Result)] : null;
    }

    /// <summary>Closes the connections that were not saved after all; true when it was done in time.</summary>
    public Task<bool> CloseSavedAsync(TimeSpan limit)
    {
        PostToAll(ShardMail.CloseSaved());
        return InTimeAsync(loop => loop.Closed.Task, limit);
    }

    /// <summary>Looks at the connections of all shards; null in place of one that does not answer in time.</summary>
    /// <param name="nameContains">A part of the device's name; null: everybody.</param>
    /// <param name="limit">Found connections of a shard.</param>
    /// <param name="patience">For each shard.</param>
    public async Task<IReadOnlyList<ConnectionSurvey?>> SurveyAsync(string? nameContains, int limit, TimeSpan patience)
    {
        var orders = Loops.Select(_ => new SurveyOrder(new ConnectionSurvey(nameContains, limit))).ToList();
        for (var number = 0; number < orders.Count; number++)
        {
            Loops[number].TryPost(ShardMail.Of(orders[number])); // an inbox that is full answers nothing in time
        }

        return await Task.WhenAll(orders.Select(order => order.WaitAsync(patience))).ConfigureAwait(false);
    }

    public void Enqueue(int shard, ShardWork work)
    {
        if (!_pool.TryEnqueue((shard, work)))
        {
            _metrics.WorkDropped.Add(1);
            Loops[shard].TryPost(ShardMail.Of(work.Fail(new InvalidOperationException("The work queue is full."))));
        }
    }

    public void OnFault(Exception exception, string where, string? inputHash)
    {
        _metrics.UnhandledExceptions.Add(1);
        Log.UnhandledException(_log, exception, where, inputHash);
        if (Interlocked.Increment(ref _faults) >= MaximumFaults)
        {
            _broken.TrySetResult();
        }
    }

    public void Dispose()
    {
        foreach (var loop in Loops)
        {
            loop.Stop();
        }

        Sessions.Dispose();
        Commands.Dispose();
        Outbox.Dispose();
        _pool.Dispose();
    }

    private async Task<bool> InTimeAsync(Func<ShardLoop, Task> done, TimeSpan limit)
    {
        var all = Task.WhenAll(Loops.Select(done));
        return await Task.WhenAny(all, Task.Delay(limit)).ConfigureAwait(false) == all;
    }

    private void RunWork((int Shard, ShardWork Work) item)
    {
        ShardWorkResult result;
        try
        {
            result = item.Work.Run(DateTimeOffset.UtcNow);
        }
#pragma warning disable CA1031 // the connection that waits for this work must hear that there will be no result
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OnFault(exception, "work", null);
            result = item.Work.Fail(exception);
        }

        Loops[item.Shard].TryPost(ShardMail.Of(result));
    }
}
