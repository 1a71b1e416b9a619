using System.Security.Cryptography;
using CoapBridge.Commands;
using CoapBridge.Gateway;
using CoapBridge.Network;
using CoapBridge.Outbox;
using CoapBridge.Relay;
using CoapBridge.Status;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Shards;

/// <summary>
/// The thread of one shard: a bounded batch of datagrams, the inboxes, due deadlines, then the outputs; again and again.
/// Only this thread touches its <see cref="Shard"/> and its door.
/// </summary>
internal sealed partial class ShardLoop
{
    private const int HandOverCapacity = 4_096;

    /// <summary>Results and receipts are bounded by the requests and work items that they answer.</summary>
    private const int MailCapacity = 65_536;

    /// <summary>Items of one inbox in one turn.</summary>
    private const int TurnBatch = 256;

    private readonly int _number;
    private readonly Shard _shard;
    private readonly UdpDoor _door;
    private readonly GatewayEventLog _events;
    private readonly ShardGroup _group;
    private readonly Inbox<ShardMail> _mail;
    private readonly Inbox<HandedOver> _handedOver;
    private readonly Thread _thread;
    private volatile bool _stopped;
    private long _handOverDrops;
    private Instant _timeOfDayDue;

    public ShardLoop(int number, Shard shard, UdpDoor door, GatewayEventLog events, ShardGroup group)
    {
        _events = events;
        _number = number;
        _shard = shard;
        _door = door;
        _group = group;
        _mail = new Inbox<ShardMail>(MailCapacity, door.Wake);
        _handedOver = new Inbox<HandedOver>(HandOverCapacity, door.Wake);
        _thread = new Thread(Run) { Name = $"shard-{number}", IsBackground = true };
    }

    public Shard Shard => _shard;

    /// <summary>How handshakes ended; anybody may read it.</summary>
    public HandshakeTally Handshakes => _events.Handshakes;

    /// <summary>Datagrams of this shard that found its inbox full.</summary>
    public long HandOverDrops => Volatile.Read(ref _handOverDrops);

    /// <summary>Set by the loop when nothing is open any more: a drain is complete, or a handover can be saved.</summary>
    public TaskCompletionSource Drained { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set by the loop: its connections, after which it is silent.</summary>
    public TaskCompletionSource<IReadOnlyList<byte[]>> Saved { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set by the loop when every connection is closed.</summary>
    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Start() => _thread.Start();

    /// <summary>From any thread.</summary>
    public bool TryPost(in ShardMail mail) => _mail.TryPost(mail);

    /// <summary>From another shard's thread.</summary>
    public void HandOver(in NetworkPath path, ReadOnlySpan<byte> datagram)
    {
        var item = HandedOver.CopyOf(path, datagram);
        if (!_handedOver.TryPost(item))
        {
            item.Release();
            Interlocked.Increment(ref _handOverDrops);
        }
    }

    /// <summary>Ends the thread after its present turn.</summary>
    public void Stop()
    {
        _stopped = true;
        _door.Wake();
        _thread.Join();
    }

    private void Run()
    {
        var waits = true;
        while (!_stopped)
        {
            try
            {
                waits = !Turn(waits ? WaitTime(Clock.Now) : TimeSpan.Zero);
            }
#pragma warning disable CA1031 // the one place where a bug of ours is caught: the other devices go on
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _group.OnFault(exception, $"shard-{_number}", null);
            }
        }
    }

    /// <summary>One turn; true when more may be waiting already.</summary>
    private bool Turn(TimeSpan wait)
    {
        var count = _door.Receive(wait);
        var now = Clock.Now;
        TellTimeOfDay(now);
        for (var index = 0; index < count; index++)
        {
            var datagram = _door.Datagram(index, out var path);
            var owner = _group.Routing.OwnerOf(datagram, path);
            if (owner == _number)
            {
                Handle(now, path, datagram);
            }
            else
            {
                _group.Loops[owner].HandOver(path, datagram);
            }
        }

        var more = TakeHandedOver(now) | TakeMail(now);
        if (_shard.NextDeadline <= now)
        {
            _shard.HandleTimeout(now);
        }

        GoOnWithSurvey(now);
        TakeOutputs(now);
        _group.Pulses.Shards[_number].Beat(now);
        return more || count >= UdpDoor.BatchSize;
    }

    private void TellTimeOfDay(Instant now)
    {
        if (now >= _timeOfDayDue)
        {
            _shard.HandleTimeOfDay(now, DateTimeOffset.UtcNow);
            _timeOfDayDue = now + LoopPulses.MaxWait;
        }
    }

    /// <summary>One datagram; a bug of ours costs its connection, not the shard.</summary>
    private void Handle(Instant now, in NetworkPath path, Span<byte> datagram)
    {
        try
        {
            _shard.HandleDatagram(now, path, datagram);
        }
#pragma warning disable CA1031 // see Run
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _group.OnFault(exception, $"shard-{_number}", Convert.ToHexStringLower(SHA256.HashData(datagram)));
            _shard.Forget(path);
        }
    }

    private bool TakeHandedOver(Instant now)
    {
        for (var taken = 0; taken < TurnBatch; taken++)
        {
            if (!_handedOver.TryTake(out var item))
            {
                return false;
            }

            Handle(now, item.Path, item.Buffer.AsSpan(0, item.Length));
            item.Release();
        }

        return true;
    }

    private void TakeOutputs(Instant now)
    {
        while (_shard.TryTakeTransmit(_door.TransmitBuffer, out var path, out var length))
        {
            _door.Transmit(path, length);
        }

        _door.Flush();
        while (_shard.TryTakeSessionMessage(out var message))
        {
            if (!_group.Sessions.TryPost(message) && message.Refuse() is { } refused)
            {
                _shard.HandleWork(now, refused);
            }
        }

        while (_shard.TryTakeWork(out var work))
        {
            _group.Enqueue(_number, work);
        }

        while (_shard.TryTakePublish(out var publish))
        {
            if (!_group.Upstream.TryPublish(publish))
            {
                _shard.HandleReceipt(now, new Receipt(publish.Ticket, ReceiptOutcome.QueueFull));
            }
        }

        while (_shard.TryTakeKept(out var kept))
        {
            if (!_group.Outbox.TryPost(OutboxMail.Of(kept)))
            {
                _shard.HandleReceipt(now, new Receipt(kept.Ticket, ReceiptOutcome.QueueFull));
            }
        }

        while (_shard.TryTakeSubscription(out var change))
        {
            _group.Upstream.Subscribe(change);
        }

        while (_shard.TryTakeTurn(out var turn))
        {
            _group.Upstream.Turn(turn);
        }

        while (_shard.TryTakeDeskMessage(out var message))
        {
            _group.Commands.TryPost(DeskMail.Of(message)); // a question that finds no room ends by its time-out
        }

        _shard.TellsAnswers = _events.WantsAnswers;
        while (_shard.TryTakeEvent(out var what))
        {
            _events.Write(now, what);
        }

        if (_shard.IsReadyToSave || _shard.IsDrained)
        {
            Drained.TrySetResult();
        }

        if (_shard.IsDrained)
        {
            Closed.TrySetResult();
        }
    }

    /// <summary>Until the next deadline, but never longer than a loop may be silent.</summary>
    private TimeSpan WaitTime(Instant now)
    {
        var limit = _surveys.Count > 0 ? SurveyPause : LoopPulses.MaxWait;
        var wait = _shard.NextDeadline is { } deadline && deadline < now + limit ? deadline - now : limit;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
