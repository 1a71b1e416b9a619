using System.Globalization;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

// What goes to the broker, from memory and from disk, and what becomes of it.
public sealed partial class OutboxDesk
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    /// <summary>What the disk has for a read; null: nothing, or it cannot be read now.</summary>
    /// <param name="now">The present.</param>
    /// <param name="device">The read's.</param>
    /// <param name="id">The message's; meaningful with a message.</param>
    /// <param name="message">The message.</param>
    public void HandleRead(Instant now, string device, long id, ApplicationMessage? message)
    {
        var of = Find(device);
        of.IsReading = false;
        if (message is null)
        {
            _draining--;
            Block(now, of, FirstBackOff);
        }
        else
        {
            of.LastRead = id;
            var entry = new OutboxEntry(device, message, OutboxEntry.SizeOf(message)) { Id = id, Where = OutboxEntry.Place.Disk, IsDrained = true };
            if (Remaining(now, entry, out var toSend))
            {
                Send(of, entry, toSend);
            }
            else
            {
                _draining--;
                if (id >= _expiredBefore)
                {
                    Counters.CountExpired(1);
                }

                Leave(of, entry);
                Enqueue(of);
            }
        }

        Pump(now);
        Forget(of);
    }

    /// <summary>What became of a publish.</summary>
    public void HandleReceipt(Instant now, in Receipt receipt)
    {
        if (!_flights.Remove(receipt.Ticket, out var device) || device.Flight is not { } entry)
        {
            return;
        }

        device.Flight = null;
        _draining -= entry.IsDrained ? 1 : 0;
        switch (ReceiptMeaning(receipt))
        {
            case Meaning.Taken:
                HandleTaken(device, entry, receipt);
                break;
            case Meaning.Never:
                HandleRefused(device, entry, receipt);
                break;
            case Meaning.Later:
                device.Refusals++;
                Return(now, device, entry);
                Block(now, device, BackOff(device.Refusals));
                break;
            default:
                Return(now, device, entry);
                Block(now, device, Soon);
                break;
        }

        SendWaiting(now, device);
        Enqueue(device);
        Pump(now);
        Forget(device);
    }

    private enum Meaning
    {
        Taken,

        /// <summary>Refused for good.</summary>
        Never,

        /// <summary>Refused for now (0x80, 0x83, 0x97).</summary>
        Later,

        /// <summary>Not sent, or nobody knows.</summary>
        Lost,
    }

    private static Meaning ReceiptMeaning(in Receipt receipt) => receipt.Outcome switch
    {
        ReceiptOutcome.Acknowledged when !receipt.Reason.IsFailure() => Meaning.Taken,
        ReceiptOutcome.Acknowledged when receipt.Reason is MqttReasonCode.UnspecifiedError
            or MqttReasonCode.ImplementationSpecificError or MqttReasonCode.QuotaExceeded => Meaning.Later,
        ReceiptOutcome.ConnectionLost or ReceiptOutcome.NotConnected or ReceiptOutcome.QueueFull => Meaning.Lost,
        _ => Meaning.Never,
    };

    private static TimeSpan BackOff(int refusals) =>
        TimeSpan.FromTicks(Math.Min(LongestBackOff.Ticks, FirstBackOff.Ticks << Math.Min(refusals - 1, 10)));

    private void HandleTaken(OutboxDevice device, OutboxEntry entry, in Receipt receipt)
    {
        device.Refusals = 0;
        if (entry.Where == OutboxEntry.Place.Memory)
        {
            Counters.CountDirect();
        }
        else
        {
            Counters.CountDrained();
        }

        Answer(entry, receipt);
        Leave(device, entry);
    }

    private void HandleRefused(OutboxDevice device, OutboxEntry entry, in Receipt receipt)
    {
        device.Refusals = 0;
        if (entry.Where == OutboxEntry.Place.Disk)
        {
            var reason = receipt.Outcome == ReceiptOutcome.Acknowledged
                ? string.Create(CultureInfo.InvariantCulture, $"0x{(byte)receipt.Reason:x2}") : receipt.Outcome.ToString();
            Quarantine(device, entry, reason);
            return;
        }

        // Who still waits hears it; a write that is under way is undone when it is done.
        Answer(entry, receipt);
        Leave(device, entry);
    }

    /// <summary>It was not taken: what has not been stored yet is, before any newer one.</summary>
    private void Return(Instant now, OutboxDevice device, OutboxEntry entry)
    {
        switch (entry.Where)
        {
            case OutboxEntry.Place.Disk:
                device.LastRead = Math.Min(device.LastRead, entry.Id - 1);
                break;
            case OutboxEntry.Place.Memory:
                if (entry.Request is not null)
                {
                    Store(now, device, entry);
                }

                StoreAll(now, device);
                break;
        }
    }

    /// <summary>Stored messages of devices that wait for their turn, as many as the window lets.</summary>
    private void Pump(Instant now)
    {
        Unblock(now);
        while (IsSending && _draining < _settings.Window && _ready.TryDequeue(out var device))
        {
            device.IsQueued = false;
            if (CanRead(device))
            {
                device.IsReading = true;
                _draining++;
                _reads.Enqueue(new OutboxRead(device.Name, device.LastRead));
            }

            Forget(device);
        }
    }

    private void SendWaiting(Instant now, OutboxDevice device)
    {
        if (IsSending && device.Flight is null && !device.IsOnDisk && device.BlockedUntil is null && device.Waiting.TryDequeue(out var next))
        {
            Send(device, next, next.Message);
        }
    }

    private void Send(OutboxDevice device, OutboxEntry entry, ApplicationMessage message)
    {
        device.Flight = entry;
        var ticket = ++_lastTicket;
        _flights.Add(ticket, device);
        _publishes.Enqueue(new Publish(_owner, ticket, message));
    }

    /// <summary>A message that waited has less time left (as servers do, [MQTT-3.3.2-6]); false when none is left.</summary>
    private bool Remaining(Instant now, OutboxEntry entry, out ApplicationMessage message)
    {
        message = entry.Message;
        if (message.MessageExpiryInterval is not { } seconds || _timeOfDay is not { } clock)
        {
            return true;
        }

        var waited = Math.Max(0, (long)(clock.At(now) - OutboxEntry.TimeOf(entry.Id)).TotalSeconds);
        if (waited >= seconds)
        {
            return false;
        }

        message = message with { MessageExpiryInterval = seconds - (uint)waited };
        return true;
    }

    private static bool CanRead(OutboxDevice device) =>
        device is { Stored: > 0, Flight: null, IsReading: false, BlockedUntil: null };

    private void EnqueueAll()
    {
        foreach (var device in _devices.Values)
        {
            Enqueue(device);
        }
    }

    private void Enqueue(OutboxDevice device)
    {
        if (CanRead(device) && !device.IsQueued)
        {
            device.IsQueued = true;
            _ready.Enqueue(device);
        }
    }

    private void Block(Instant now, OutboxDevice device, TimeSpan time)
    {
        device.BlockedUntil = now + time;
        _blocked.Enqueue(device, now + time);
    }

    private void Unblock(Instant now)
    {
        while (_blocked.TryPeek(out var device, out var due) && due <= now)
        {
            _blocked.Dequeue();
            if (device.BlockedUntil > now)
            {
                continue; // it was blocked again meanwhile
            }

            device.BlockedUntil = null;
            SendWaiting(now, device);
            Enqueue(device);
            Forget(device);
        }
    }
}
