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
    private readonly UpstreamTask _task;
    private readonly BrokersInForce _brokers;
    private UpstreamMail? _mail;
    private BrokerTransfer? _transfer;
    private Task<BrokerAttempt>? _connecting;

    public BrokerDriver(BrokerLink link, BrokerChoice brokers, BrokerEventLog events, LoopPulse pulse)
    {
        _link = link;
        _events = events;
        _task = new UpstreamTask(TurnAsync, pulse);
        _brokers = new BrokersInForce(link, brokers, _task);
        Inbox = new UpstreamInbox(_task.Wake);
    }

    public UpstreamInbox Inbox { get; }

    public long DroppedDeliveries => _link.DroppedDeliveries;

    public Task Running => _task.Running;

    public void Start(ShardGroup shards)
    {
        if (shards.Commands.HasEarlierRun)
        {
            _link.TakeUpSession();
        }

        _mail = new UpstreamMail(_link, shards, _events);
        _task.Start(exception => shards.OnFault(exception, "broker", null));
    }

    public void Renew(LoadedFiles files) => _brokers.Renew(files);

    public Task DrainAsync(TimeSpan limit) => _task.DrainAsync(limit);

    public async ValueTask DisposeAsync()
    {
        await _task.DisposeAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
    }

    private async ValueTask<Instant?> TurnAsync(Instant now)
    {
        await FinishConnectAsync(now).ConfigureAwait(false);
        await FinishReadAsync(now).ConfigureAwait(false);
        await FinishWriteAsync(now).ConfigureAwait(false);
        TakeInbox(now);
        _link.HandleTimeout(now);
        if (_task.TryTakeDrain(out var limit))
        {
            _link.BeginDrain(now, limit);
        }

        if (_connecting is null)
        {
            _brokers.BeginRenewal(now);
        }

        await _brokers.FailBackAsync(now).ConfigureAwait(false);
        BeginWrite(now);
        await FollowLinkAsync(now).ConfigureAwait(false);
        _mail!.TakeOutputs(now);
        while (_link.TryTakeTurn(out var shard, out var grant))
        {
            _mail.Post(shard, grant);
        }

        return _link.WantsConnection ? now : Instant.Earliest(Instant.Earliest(_link.NextDeadline, _brokers.NextDeadline), _mail.NextDeadline);
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
}
