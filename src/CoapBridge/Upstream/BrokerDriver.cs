using CoapBridge.Gateway;
using CoapBridge.Network;
using CoapBridge.Relay;
using CoapBridge.Reload;
using CoapBridge.Shards;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

/// <summary>
/// Moves bytes between the <see cref="BrokerLink"/> and its TLS connection. One task owns both; connecting, reading and
/// writing go on beside it and only leave their results. Writing never holds up time-outs or receipts.
/// </summary>
internal sealed partial class BrokerDriver : IUpstream
{
    private static readonly TimeSpan _lastWords = TimeSpan.FromMilliseconds(500);

    private readonly BrokerLink _link;
    private readonly BrokerEventLog _events;
    private readonly LoopPulse _pulse;
    private readonly CancellationTokenSource _stop = new();
    private readonly TurnSignal _signal = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ShardGroup? _shards;
    private BrokerMail? _mail;
    private Task? _running;
    private BrokerTransfer? _transfer;
    private Task<BrokerAttempt>? _connecting;
    private Task<bool>? _probing;
    private TimeSpan? _drainLimit;
    private BrokerChoice _brokers;
    private BrokerChoice? _before;
    private BrokerChoice? _next;

    public BrokerDriver(BrokerLink link, BrokerChoice brokers, BrokerEventLog events, LoopPulse pulse)
    {
        _link = link;
        _brokers = brokers;
        _events = events;
        _pulse = pulse;
        Inbox = new UpstreamInbox(_signal.Set);
    }

    public UpstreamInbox Inbox { get; }

    public long DroppedDeliveries => _link.DroppedDeliveries;

    public Task Running => _running ?? Task.CompletedTask;

    public void Start(ShardGroup shards)
    {
        _shards = shards;
        if (shards.Commands.HasEarlierRun)
        {
            _link.TakeUpSession();
        }

        _mail = new BrokerMail(_link, new UpstreamMail(shards), _events);
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
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _signal.Set();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CloseAsync().ConfigureAwait(false);
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
            await FinishReadAsync(now).ConfigureAwait(false);
            await FinishWriteAsync(now).ConfigureAwait(false);
            TakeInbox(now);
            _link.HandleTimeout(now);
            BeginDrain(now);
            BeginRenewal(now);
            await FailBackAsync(now).ConfigureAwait(false);
            BeginWrite(now);
            await FollowLinkAsync(now).ConfigureAwait(false);
            _mail!.TakeOutputs(now);
            _pulse.Beat(now);
        }
    }

    /// <summary>Until something was left here or a deadline has come, but never longer than an owner may be silent.</summary>
    private async Task WaitAsync()
    {
        var latest = Clock.Now + LoopPulses.MaxWait;
        var deadline = Instant.Earliest(Instant.Earliest(_link.NextDeadline, _probing is null ? _brokers.ProbeDue : null), latest)!.Value;
        var wait = _link.WantsConnection ? TimeSpan.Zero : deadline - Clock.Now is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
        await _signal.WaitAsync(_mail!.Shorten(wait)).ConfigureAwait(false);
    }

    private async Task FinishReadAsync(Instant now)
    {
        if (_transfer is not { } transfer || !TryReceive(now, transfer, out var fault))
        {
            return;
        }

        await LoseAsync(now, fault).ConfigureAwait(false);
    }

    /// <summary>Takes what was read; true when there will be no more.</summary>
    private bool TryReceive(Instant now, BrokerTransfer transfer, out Exception? fault)
    {
        if (!transfer.TryFinishRead(out var bytes, out fault))
        {
            return false;
        }

        if (bytes.IsEmpty)
        {
            return true;
        }

        _link.HandleReceived(now, bytes);
        transfer.BeginRead();
        return false;
    }

    private async Task FinishWriteAsync(Instant now)
    {
        if (_transfer is { } transfer && transfer.TryFinishWrite(out var fault) && fault is not null)
        {
            // Its last words may still be unread: under TLS 1.3 the alert that refuses our certificate.
            await transfer.WaitForReadAsync(_lastWords).ConfigureAwait(false);
            await FinishReadAsync(now).ConfigureAwait(false);
            if (_transfer is not null)
            {
                await LoseAsync(now, fault).ConfigureAwait(false);
            }
        }
    }

    private void BeginWrite(Instant now)
    {
        if (_transfer is not { IsWriting: false } transfer)
        {
            return;
        }

        var buffer = transfer.WriteBuffer;
        var length = 0;
        while (length < buffer.Length && _link.TryTakeTransmit(now, buffer[length..], out var taken))
        {
            length += taken;
        }

        if (length > 0)
        {
            transfer.BeginWrite(length);
        }
    }

    private void TakeInbox(Instant now)
    {
        while (!_link.IsRenewing && Inbox.TryTake(out Publish publish))
        {
            _link.HandlePublish(now, publish);
        }

        while (Inbox.TryTake(out TurnRequest turn))
        {
            _link.HandleTurn(turn);
        }

        while (Inbox.TryTake(out SubscriptionChange change))
        {
            _link.HandleSubscription(now, change);
        }

        while (Inbox.TryTake(out DeliveryAcknowledgement acknowledgement))
        {
            _link.HandleAcknowledgement(now, acknowledgement);
        }
    }

    private void BeginDrain(Instant now)
    {
        if (_drainLimit is { } limit)
        {
            _drainLimit = null;
            _link.BeginDrain(now, limit);
        }
    }
}
