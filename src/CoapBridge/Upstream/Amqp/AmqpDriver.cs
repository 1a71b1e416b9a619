using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Reload;
using CoapBridge.Shards;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Upstream.Amqp;

/// <summary>
/// The owner of the way to an AMQP broker: one task owns the <see cref="AmqpLink"/> and the connection. Connecting, writing and
/// binding go on beside it, each at most once at a time, and only leave their results; what RabbitMQ.Client calls back comes by the inbox.
/// </summary>
internal sealed partial class AmqpDriver : IUpstream
{
    /// <summary>Messages that are written, and bindings that are made, in one go.</summary>
    private const int BatchSize = 64;

    private readonly AmqpLink _link;
    private readonly AmqpOptions _options;
    private readonly AmqpEventLog _events;
    private readonly LoopPulse _pulse;
    private readonly CancellationTokenSource _stop = new();
    private readonly TurnSignal _signal = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Inbox<AmqpEvent> _inbox;
    private ShardGroup? _shards;
    private UpstreamMail? _owners;
    private Task? _running;
    private TimeSpan? _drainLimit;
    private AmqpConnection? _connection;
    private Task<bool>? _writing;
    private Task _closing = Task.CompletedTask;
    private (IReadOnlyList<BindingChange> Changes, Task<IReadOnlyList<BindingOutcome>> Task)? _binding;

    public AmqpDriver(AmqpLink link, BrokerChoice brokers, AmqpOptions options, AmqpEventLog events, LoopPulse pulse)
    {
        _link = link;
        _brokers = brokers;
        _options = options;
        _events = events;
        _pulse = pulse;
        _inbox = new Inbox<AmqpEvent>(int.MaxValue, _signal.Set); // bounded by the window, the prefetch, and the connection for answers to calls
        Inbox = new UpstreamInbox(_signal.Set);
    }

    public UpstreamInbox Inbox { get; }

    public Task Running => _running ?? Task.CompletedTask;

    public long DroppedDeliveries => _link.DroppedDeliveries;

    public void Start(ShardGroup shards)
    {
        _shards = shards;
        _owners = new UpstreamMail(shards);
        _running = Task.Run(RunTellingAsync);
    }

    public void Renew(LoadedFiles files)
    {
        Interlocked.Exchange(ref _next, new BrokerChoice(files.Options.Upstream, files.Credentials));
        _signal.Set();
    }

    public async Task DrainAsync(TimeSpan limit)
    {
        _drainLimit = limit;
        _signal.Set();
        await Task.WhenAny(_drained.Task, Running, Task.Delay(limit + TimeSpan.FromSeconds(1))).ConfigureAwait(false);
        await Task.WhenAny(_closing, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _signal.Set();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Close(inOrder: false);
        _stop.Dispose();
        _signal.Dispose();
    }

    /// <summary>A bug of ours here ends the process; the log must say which.</summary>
    private async Task RunTellingAsync()
    {
        try
        {
            await RunAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _shards!.OnFault(exception, "broker", null);
            throw;
        }
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await WaitAsync().ConfigureAwait(false);
            var now = Clock.Now;
            await FinishConnectAsync(now).ConfigureAwait(false);
            TakeEvents(now);
            await FinishWorkAsync(now).ConfigureAwait(false);
            TakeInbox(now);
            _link.HandleTimeout(now);
            BeginDrain(now);
            BeginRenewal(now);
            await FailBackAsync(now).ConfigureAwait(false);
            BeginWrite(now);
            BeginBind();
            FollowLink(now);
            TakeOutputs(now);
            _pulse.Beat(now);
        }
    }

    /// <summary>Until something was left here or a deadline has come, but never longer than an owner may be silent.</summary>
    private async Task WaitAsync()
    {
        var latest = Clock.Now + LoopPulses.MaxWait;
        var deadline = Instant.Earliest(Instant.Earliest(_link.NextDeadline, _probing is null ? _brokers.ProbeDue : null), latest)!.Value;
        var wait = _link.WantsConnection ? TimeSpan.Zero : deadline - Clock.Now is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
        await _signal.WaitAsync(_owners!.Shorten(wait)).ConfigureAwait(false);
    }

    private void BeginWrite(Instant now)
    {
        if (_writing is not null || _connection is not { } connection)
        {
            return;
        }

        var messages = new List<ApplicationMessage>();
        var settlements = new List<Settlement>();
        while (messages.Count < BatchSize && _link.TryTakePublish(now, out var message))
        {
            messages.Add(message);
        }

        while (_link.TryTakeSettlement(out var settlement))
        {
            settlements.Add(settlement);
        }

        if (messages.Count + settlements.Count > 0)
        {
            _writing = connection.WriteAsync(new AmqpBatch(messages, settlements), _stop.Token);
            _signal.SetAfter(_writing);
        }
    }

    private void BeginBind()
    {
        if (_binding is not null || _connection is not { } connection)
        {
            return;
        }

        var changes = new List<BindingChange>();
        while (changes.Count < BatchSize && _link.TryTakeBinding(out var change))
        {
            changes.Add(change);
        }

        if (changes.Count > 0)
        {
            _binding = (changes, connection.BindAsync(changes, _stop.Token));
            _signal.SetAfter(_binding.Value.Task);
        }
    }
}
