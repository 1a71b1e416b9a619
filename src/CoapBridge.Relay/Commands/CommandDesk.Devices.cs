using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

// What devices do with their commands, as their shards tell it.
public sealed partial class CommandDesk
{
    /// <summary>Bytes of a Location-Query without its <c>n=</c> (RFC 7252 §5.10.7).</summary>
    private const int MaximumNameLength = 253;

    public void HandleMessage(Instant now, DeskMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var device = DeviceOf(message.Device);
        switch (message)
        {
            case DeskMessage.Connected connected:
                device.Connections++;
                Subscribe(device, connected.Filter);
                break;
            case DeskMessage.Disconnected when device.Connections > 0 && --device.Connections == 0:
                device.LingersUntil = now + settings.Linger;
                break;
            case DeskMessage.Ask ask:
                HandleAsk(now, device, ask);
                break;
            case DeskMessage.Find find:
                _answers.Enqueue(new DeskAnswer(find.Shard, find.Ticket, 0, device.Find(find.Id)));
                break;
            case DeskMessage.Observe observe:
                device.Observers.Add(observe);
                Offer(device);
                break;
            case DeskMessage.Unobserve gone:
                HandleUnobserve(device, gone);
                break;
            case DeskMessage.Taken taken:
                HandleTaken(now, device, taken.Id);
                break;
            case DeskMessage.Replied replied:
                Remove(device, replied.Id);
                break;
        }

        Settle(device);
    }

    private void HandleAsk(Instant now, DeviceCommands device, DeskMessage.Ask ask)
    {
        if (device.Waiting.Count > 0 || device.EndOf(ask) <= now || device.Asks.Count >= settings.MaximumWaits)
        {
            _answers.Enqueue(new DeskAnswer(ask.Shard, ask.Ticket, 0, device.Waiting.FirstOrDefault()));
            return;
        }

        device.Asks.Add(ask);
    }

    /// <summary>Requests that have waited for long enough. What the first one waited for in vain, the next do not wait for.</summary>
    private void AnswerDue(Instant now, DeviceCommands device)
    {
        foreach (var ask in device.Asks.FindAll(ask => device.EndOf(ask) <= now))
        {
            device.Asks.Remove(ask);
            _answers.Enqueue(new DeskAnswer(ask.Shard, ask.Ticket, 0, null));
            device.AwaitsSubscription &= ask.SubscribedBy > now;
        }
    }

    private void HandleUnobserve(DeviceCommands device, DeskMessage.Unobserve gone)
    {
        device.Observers.RemoveAll(observer => observer.Shard == gone.Shard && observer.Observer == gone.Observer);
        if (device.Told is { } told && told.To.Shard == gone.Shard && told.To.Observer == gone.Observer)
        {
            device.Told = null;
            Offer(device);
        }
    }

    /// <summary>It leaves the queue; whoever sent it may still get a reply.</summary>
    private void HandleTaken(Instant now, DeviceCommands device, string id)
    {
        if (device.Waiting.Find(command => command.Id == id) is { } taken)
        {
            device.Waiting.Remove(taken);
            var kept = taken with { IsTaken = true, Ends = now + settings.ReplyTime };
            device.Taken.Add(kept);
            _writes.Enqueue(new CommandWrite.Take(device.Name, id, kept.Ends));
        }

        EndTelling(device, id);
    }

    private void Remove(DeviceCommands device, string id)
    {
        if (device.Waiting.RemoveAll(command => command.Id == id) + device.Taken.RemoveAll(command => command.Id == id) > 0)
        {
            Count--;
            _writes.Enqueue(new CommandWrite.Remove(device.Name, id));
        }

        EndTelling(device, id);
    }

    private void EndTelling(DeviceCommands device, string id)
    {
        if (device.Told?.Command.Id == id)
        {
            device.Told = null;
        }

        Offer(device);
    }

    /// <summary>
    /// The oldest command goes to whoever waits, and to the newest observer unless it has one already. One that an older observer
    /// was told and has not acknowledged is told again: a device that lost its power does not wait for its dead connection.
    /// </summary>
    private void Offer(DeviceCommands device)
    {
        if (device.Waiting.Count == 0)
        {
            return;
        }

        var oldest = device.Waiting[0];
        foreach (var ask in device.Asks)
        {
            _answers.Enqueue(new DeskAnswer(ask.Shard, ask.Ticket, 0, oldest));
        }

        device.Asks.Clear();
        if (device.Observers is [.., var newest] && (device.Told is null || !ReferenceEquals(device.Told.Value.To, newest)))
        {
            device.Told = (oldest, newest);
            _answers.Enqueue(new DeskAnswer(newest.Shard, 0, newest.Observer, oldest));
        }
    }

    /// <summary>The broker sends again what it got no PUBACK for: the same command is not given twice.</summary>
    private static bool IsKnown(DeviceCommands device, Delivery delivery, CommandAddress address) => delivery.IsDuplicate
        && device.Waiting.Concat(device.Taken).Any(command => address.Name == command.Name
            && command.Content.Payload.Span.SequenceEqual(delivery.Message.Payload.Span)
            && command.ResponseTopic == address.ReplyTopic
            && Bytes(command.CorrelationData).SequenceEqual(Bytes(delivery.Message.CorrelationData)));

    private static ReadOnlySpan<byte> Bytes(ReadOnlyMemory<byte>? data) => data is { } present ? present.Span : default;

    /// <summary>
    /// For whom a message is; false when nobody asked for it. The device is null when it is none of ours: one of which commands are not
    /// waited for (that has not been here lately, or may have none), or none at all.
    /// </summary>
    private bool TryRead(in Delivery delivery, out DeviceCommands? device, out CommandAddress address, out TimeSpan lifetime)
    {
        lifetime = settings.Lifetime;
        if (_filters.TryGetValue(delivery.Filter, out device))
        {
            var stem = delivery.Filter.Length - "#".Length;
            address = new(device.Name, delivery.Message.Topic.Length > stem ? delivery.Message.Topic[stem..] : "", delivery.Message.ResponseTopic);
            return true;
        }

        if (!_sources.TryGetValue(delivery.Filter, out var source))
        {
            address = default;
            return false;
        }

        lifetime = source.Lifetime ?? settings.Lifetime;
        device = source.TryRead(delivery.Message, out address) && _devices.GetValueOrDefault(address.Device) is { Filter: not null } known ? known : null;
        return true;
    }

    private Command ToCommand(Instant now, DeviceCommands device, CommandAddress address, ApplicationMessage message, TimeSpan lifetime)
    {
        lifetime = message.MessageExpiryInterval is { } seconds ? TimeSpan.FromSeconds(seconds) : lifetime;
        return new Command(
            NewId(device), device.Name, address.Name, new Content(message.Payload) { Format = ContentFormats.Of(message) },
            now + (lifetime < settings.Lifetime ? lifetime : settings.Lifetime))
        {
            ResponseTopic = address.ReplyTopic,
            CorrelationData = message.CorrelationData,
        };
    }

    private string NewId(DeviceCommands device)
    {
        Span<byte> bytes = stackalloc byte[4];
        string id;
        do
        {
            entropy.Fill(bytes);
            id = Convert.ToHexStringLower(bytes);
        }
        while (device.Find(id) is not null);

        return id;
    }

    private void Acknowledge(in Delivery delivery, MqttReasonCode reason) =>
        _acknowledgements.Enqueue(new DeliveryAcknowledgement(delivery.Ticket, reason));
}
