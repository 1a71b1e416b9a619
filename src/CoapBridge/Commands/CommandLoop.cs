using CoapBridge.Network;
using CoapBridge.Relay;
using CoapBridge.Storage;
using CoapBridge.Telemetry;
using CoapBridge.Upstream;
using CoapBridge.Wire;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Commands;

/// <summary>
/// The thread that owns the <see cref="CommandDesk"/> and its table. All that came since the last turn is written in one
/// transaction; only then does the broker hear that it may forget the commands. While the disk refuses, the writes wait and
/// are tried again; the broker keeps what it was not acknowledged.
/// </summary>
internal sealed class CommandLoop : IDisposable
{
    /// <summary>Above this, questions of shards are dropped, and end by their time-out.</summary>
    private const int QuestionCapacity = 65_536;

    /// <summary>What must arrive is bounded by the connections and deliveries that it is about.</summary>
    private const int Capacity = 1 << 22;

    /// <summary>Writes that may wait for a disk that refuses; above it only new commands are kept, which the broker bounds.</summary>
    private const int MaximumWrites = 65_536;

    /// <summary>What a command takes beside its payload.</summary>
    private const int RowLength = 512;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After a write: while a fleet connects, many of its devices share one fsync and one wake-up. The thread sleeps, since a time of the
    /// next write would not keep it from being woken for each of them.
    /// </summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    private readonly OutboxClaim _claim;
    private readonly UpstreamInbox _upstream;
    private readonly ILogger _log;
    private readonly Inbox<DeskMail> _inbox;
    private readonly OwnerThread _thread;
    private readonly List<CommandWrite> _writes = [];
    private readonly PatientMail<DeskAnswer> _answers;
    private OutboxFile? _file;
    private CommandTable? _table;
    private Instant? _retryAt;

    /// <param name="desk">Owned by this loop from now on.</param>
    /// <param name="claim">The database; opened as soon as the disk lets it be.</param>
    /// <param name="upstream">Where its wishes and acknowledgements go.</param>
    /// <param name="answer">Leaves an answer in the inbox of a shard; false when that is full, and the answer is kept.</param>
    /// <param name="beat">Told of each turn, at least every <see cref="LoopPulses.MaxWait"/>.</param>
    /// <param name="onFault">Told of a bug of ours; the loop goes on.</param>
    /// <param name="log">For the disk's refusals.</param>
    public CommandLoop(
        CommandDesk desk, OutboxClaim claim, UpstreamInbox upstream, Func<DeskAnswer, bool> answer, Action<Instant> beat, Action<Exception> onFault, ILogger log)
    {
        Desk = desk;
        _claim = claim;
        _upstream = upstream;
        _answers = new PatientMail<DeskAnswer>(answer);
        _log = log;
        _thread = new OwnerThread("commands", Turn, beat, onFault);
        _inbox = new Inbox<DeskMail>(Capacity, _thread.Wake);
    }

    /// <summary>Its counters may be read by anybody.</summary>
    public CommandDesk Desk { get; }

    /// <summary>An earlier run had subscribed to commands, and they are wanted again; known after <see cref="Start"/>.</summary>
    public bool HasEarlierRun { get; private set; }

    /// <summary>
    /// Takes up what the last run left. What it had subscribed to is wanted before the way to the broker begins: the broker may have
    /// kept commands.
    /// </summary>
    public void Start()
    {
        Open(Clock.Now);
        HasEarlierRun = Desk.DeviceCount > 0;
        TakeOutputs();
        _thread.Start();
    }

    /// <summary>From any thread. False when a question found no room.</summary>
    public bool TryPost(in DeskMail mail) =>
        (mail.Message is not { MustArrive: false } || _inbox.Count < QuestionCapacity) && _inbox.TryPost(mail);

    public void Dispose()
    {
        _thread.Dispose();
        _table?.Dispose();
        _file?.Dispose();
    }

    private Instant? Turn(Instant now, bool isLast)
    {
        while (_inbox.TryTake(out var mail))
        {
            Handle(now, mail);
        }

        Desk.HandleTimeout(now);
        TakeWrites();
        var hasWritten = false;
        if (_retryAt is null || _retryAt <= now)
        {
            Open(now);
            hasWritten = TryWrite(now);
        }

        TakeOutputs();
        if (hasWritten && !isLast)
        {
            Thread.Sleep(Gathering);
        }

        return Instant.Earliest(Instant.Earliest(Desk.NextDeadline, _retryAt), _answers.RetryDue(now));
    }

    private void Handle(Instant now, in DeskMail mail)
    {
        if (mail.Message is { } message)
        {
            Desk.HandleMessage(now, message);
        }
        else if (mail.Delivery is { } delivery)
        {
            Desk.HandleDelivery(now, delivery);
        }
        else if (mail.Status is { } status)
        {
            Desk.HandleSubscription(now, status);
            if (status.State == SubscriptionState.Refused)
            {
                Log.CommandsRefused(_log, status.Filter, $"0x{(byte)status.Reason:x2}");
            }
        }
    }

    private void TakeWrites()
    {
        while (Desk.TryTakeWrite(out var write))
        {
            if (write is CommandWrite.Add || _writes.Count < MaximumWrites)
            {
                _writes.Add(write);
            }
        }
    }

    /// <summary>Opens the database and takes up what an earlier run left in it; nothing was given out from it before.</summary>
    private void Open(Instant now)
    {
        if (_table is not null)
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

            var table = new CommandTable(_file);
            Desk.Load(now, table.LoadDevices(), table.LoadCommands(TimeOfDay(now)));
            (_table, _retryAt) = (table, null);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            Log.CommandsNotStored(_log, exception.Message, _writes.Count);
            _retryAt = now + Retry;
        }
    }

    private bool TryWrite(Instant now)
    {
        if (_table is null || _writes.Count == 0)
        {
            return false;
        }

        List<CommandWrite.Add> adds = [.. _writes.OfType<CommandWrite.Add>()];
        if (adds.Count > 0 && !_file!.HasRoomFor(1, adds.Sum(add => (long)add.Command.Content.Payload.Length + RowLength)))
        {
            return Refuse(now, OutboxFile.NoRoom);
        }

        try
        {
            _table.Apply(TimeOfDay(now), _writes);
        }
        catch (SqliteException exception)
        {
            return Refuse(now, exception.Message);
        }

        _retryAt = null;
        adds.ForEach(add => Desk.HandleStored(now, add));
        _writes.Clear();
        return true;
    }

    private bool Refuse(Instant now, string problem)
    {
        Log.CommandsNotStored(_log, problem, _writes.Count);
        _retryAt = now + Retry;
        return false;
    }

    private void TakeOutputs()
    {
        while (Desk.TryTakeSubscription(out var change))
        {
            _upstream.Subscribe(change);
        }

        while (Desk.TryTakeAcknowledgement(out var acknowledgement))
        {
            _upstream.Acknowledge(acknowledgement);
        }

        _answers.Retry();
        while (Desk.TryTakeAnswer(out var answer))
        {
            _answers.Post(answer);
        }
    }

    private static TimeOfDay TimeOfDay(Instant now) => new(now, DateTimeOffset.UtcNow);
}
