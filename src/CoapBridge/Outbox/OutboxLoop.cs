using CoapBridge.Network;
using CoapBridge.Relay;
using CoapBridge.Storage;
using CoapBridge.Telemetry;
using CoapBridge.Upstream;
using CoapBridge.Wire;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Outbox;

/// <summary>
/// The thread that owns the <see cref="OutboxDesk"/> and its own connection to the database. All that is to be stored since
/// the last turn is one transaction, and only then do the devices hear of it. Messages that the broker has taken are removed
/// a little later, many at once; after a crash in between they are sent again, under the same message id.
/// </summary>
internal sealed partial class OutboxLoop : IDisposable
{
    /// <summary>Above this, messages are refused as with any full queue.</summary>
    private const int MessageCapacity = 65_536;

    /// <summary>Receipts are bounded by the messages that they are about.</summary>
    private const int Capacity = 1 << 22;

    /// <summary>Removals that may wait.</summary>
    private const int RemovalBatch = 1_024;

    /// <summary>Writes in a transaction while the disk has little room.</summary>
    private const int SmallBatch = 16;

    private static readonly TimeSpan RemovalDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly OutboxClaim _claim;
    private readonly UpstreamInbox _upstream;
    private readonly Action<string?> _alarm;
    private readonly ILogger _log;
    private readonly Inbox<OutboxMail> _inbox;
    private readonly OwnerThread _thread;
    private readonly List<OutboxWrite> _writes = [];
    private readonly PatientMail<OutboxReceipt> _answers;
    private OutboxRequest? _request;
    private OutboxFile? _file;
    private OutboxTable? _table;
    private Instant? _writeAt;
    private Instant? _openAt;
    private Instant? _calmAt;
    private bool _isRefused;

    /// <param name="desk">Owned by this loop from now on.</param>
    /// <param name="claim">The database; opened as soon as the disk lets it be.</param>
    /// <param name="upstream">Where its messages go.</param>
    /// <param name="answer">Leaves a receipt in the inbox of a shard; false when that is full, and the receipt is kept.</param>
    /// <param name="alarm">Told when the disk refuses, and with null when it does not any more.</param>
    /// <param name="beat">Told of each turn, at least every <see cref="LoopPulses.MaxWait"/>.</param>
    /// <param name="onFault">Told of a bug of ours; the loop goes on.</param>
    /// <param name="log">For the disk's refusals.</param>
    public OutboxLoop(
        OutboxDesk desk, OutboxClaim claim, UpstreamInbox upstream, Func<OutboxReceipt, bool> answer, Action<string?> alarm, Action<Instant> beat, Action<Exception> onFault, ILogger log)
    {
        Desk = desk;
        _claim = claim;
        _upstream = upstream;
        _answers = new PatientMail<OutboxReceipt>(answer);
        _alarm = alarm;
        _log = log;
        _thread = new OwnerThread("outbox", Turn, beat, onFault);
        _inbox = new Inbox<OutboxMail>(Capacity, _thread.Wake);
    }

    /// <summary>Its counters may be read by anybody.</summary>
    public OutboxDesk Desk { get; }

    /// <summary>When the oldest message that waits on disk was stored; null when none waits. Anybody may ask.</summary>
    public DateTimeOffset? OldestStored => _table?.FirstId is { } id and not 0 ? OutboxEntry.TimeOf(id) : null;

    /// <summary>Takes up what the last run left.</summary>
    public void Start()
    {
        Desk.HandleTimeOfDay(Clock.Now, DateTimeOffset.UtcNow);
        Open(Clock.Now);
        _thread.Start();
    }

    /// <summary>From any thread. False when a message found no room.</summary>
    public bool TryPost(in OutboxMail mail) => (mail.Kept is null || _inbox.Count < MessageCapacity) && _inbox.TryPost(mail);

    public void Dispose()
    {
        TryPost(OutboxMail.Drain);
        _thread.Dispose();
        _table?.Dispose();
        _file?.Dispose();
    }

    private Instant? Turn(Instant now, bool isLast)
    {
        Desk.HandleTimeOfDay(now, DateTimeOffset.UtcNow);
        while (_inbox.TryTake(out var mail))
        {
            Handle(now, mail);
        }

        Desk.HandleTimeout(now);
        Open(now);
        TakeOutputs(now); // what the broker gets does not wait for the disk
        TakeWrites(now);
        if (_writes.Count > 0 && (isLast || _writeAt <= now || _writes.Count >= RemovalBatch))
        {
            Write(now);
        }

        Read(now);
        TakeOutputs(now);
        TellCalm(now);
        return Instant.Earliest(
            Instant.Earliest(Instant.Earliest(Desk.NextDeadline, _calmAt), _answers.RetryDue(now)),
            _table is null ? _openAt : _writes.Count > 0 ? _writeAt : null);
    }

    private void Handle(Instant now, in OutboxMail mail)
    {
        if (mail.Kept is { } kept)
        {
            Desk.HandleMessage(now, kept);
        }
        else if (mail.Receipt is { } receipt)
        {
            Desk.HandleReceipt(now, receipt);
        }
        else if (mail.Status is { } status)
        {
            Desk.HandleUpstream(now, status);
        }
        else if (mail.Request is { } request)
        {
            Handle(now, request);
        }
        else
        {
            Desk.BeginDrain(now);
        }
    }

    private void Open(Instant now)
    {
        if (_table is not null || _openAt > now)
        {
            return;
        }

        try
        {
            _file = _claim.Open();
            if (_file.SetAside is { } damaged)
            {
                Log.OutboxDamaged(_log, damaged);
            }

            var table = new OutboxTable(_file);
            Desk.Load(now, table.Load());
            (_table, _openAt) = (table, null);
            Tell(now, null);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            _openAt = now + Retry;
            Tell(now, exception.Message);
        }
    }

    private void Read(Instant now)
    {
        while (Desk.TryTakeRead(out var read))
        {
            (long Id, Mqtt.ApplicationMessage Message)? found = null;
            try
            {
                found = _table!.Read(read);
            }
            catch (SqliteException exception)
            {
                Tell(now, exception.Message);
            }

            Desk.HandleRead(now, read.Device, found?.Id ?? 0, found?.Message);
        }
    }

    private void TakeOutputs(Instant now)
    {
        while (Desk.TryTakePublish(out var publish))
        {
            if (!_upstream.TryPublish(publish))
            {
                Desk.HandleReceipt(now, new Receipt(publish.Ticket, ReceiptOutcome.QueueFull));
            }
        }

        _answers.Retry();
        while (Desk.TryTakeReceipt(out var answer))
        {
            _answers.Post(answer);
        }
    }

    /// <summary>
    /// Says once that the disk refuses, and once that it does not any more: a disk that is nearly full takes a small message and
    /// refuses a large one, many times a second, so it must have taken everything for a while.
    /// </summary>
    private void Tell(Instant now, string? problem)
    {
        if (problem is null)
        {
            _calmAt ??= _isRefused ? now + Retry : null;
            return;
        }

        _calmAt = null;
        if (!_isRefused)
        {
            _isRefused = true;
            Log.OutboxNotStored(_log, problem);
            _alarm(_table is null
                ? $"Outbox:File cannot be opened ({problem}); until it can be, events are answered 5.03"
                : $"Outbox:File cannot be written ({problem}); while the broker is away, events are answered 5.03");
        }
    }

    private void TellCalm(Instant now)
    {
        if (_calmAt <= now)
        {
            _calmAt = null;
            _isRefused = false;
            Log.OutboxStoresAgain(_log);
            _alarm(null);
        }
    }
}
