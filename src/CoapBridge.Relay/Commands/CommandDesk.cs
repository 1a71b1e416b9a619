using System.Diagnostics.CodeAnalysis;
using System.Text;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// The one owner of all commands for devices (PRODUCT.md, "Commands"). A command is acknowledged to the broker only when it is
/// on disk; each device gets its own in order, and every one leaves: taken, replied to, or expired. Whoever drives it takes all
/// outputs after each call, makes the writes durable in order, says so by <see cref="HandleStored"/>, and only then carries
/// the other outputs on.
/// </summary>
/// <param name="settings">Limits and times.</param>
/// <param name="owner">Its number as an owner of subscriptions.</param>
/// <param name="entropy">For ids.</param>
public sealed partial class CommandDesk(CommandDeskSettings settings, int owner, IEntropy entropy)
{
    private readonly Dictionary<string, DeviceCommands> _devices = [];
    private readonly Dictionary<string, DeviceCommands> _filters = [];
    private readonly DeadlineQueue<DeviceCommands> _due = new();
    private readonly Queue<CommandWrite> _writes = new();
    private readonly Dictionary<string, CommandSource> _sources = settings.Sources.ToDictionary(source => source.Filter);
    private readonly Queue<SubscriptionChange> _subscriptions =
        new(settings.Sources.Select(source => new SubscriptionChange(owner, source.Filter, Wanted: true, WantsRetained: false)));
    private readonly Queue<DeliveryAcknowledgement> _acknowledgements = new();
    private readonly Queue<DeskAnswer> _answers = new();

    /// <summary>Commands that wait or may be replied to.</summary>
    public int Count { get; private set; }

    /// <summary>Commands that were thrown away because there was no room, or because they could not be told to a device.</summary>
    public long RefusedCount { get; private set; }

    /// <summary>Commands that ended before a device took them.</summary>
    public long ExpiredCount { get; private set; }

    /// <summary>Devices of which something must be known.</summary>
    public int DeviceCount => _devices.Count;

    public Instant? NextDeadline => _due.Next;

    /// <summary>What an earlier run left: the devices whose commands are subscribed to, and the commands in their order.</summary>
    public void Load(Instant now, IEnumerable<(string Device, string Filter)> devices, IEnumerable<Command> commands)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(commands);
        foreach (var (name, filter) in devices)
        {
            var device = DeviceOf(name);
            Subscribe(device, settings.SharedFilter ?? filter); // the run before may have had other routes
            device.AwaitsSubscription = false; // the broker has kept it, and commands with it
            device.LingersUntil = now + settings.Linger;
            Settle(device);
        }

        foreach (var command in commands)
        {
            var device = DeviceOf(command.Device);
            (command.IsTaken ? device.Taken : device.Waiting).Add(command);
            Count++;
            Settle(device);
        }
    }

    /// <summary>A message of the broker's for a device.</summary>
    public void HandleDelivery(Instant now, in Delivery delivery)
    {
        if (!TryRead(delivery, out var device, out var address, out var lifetime) || (device is not null && IsKnown(device, delivery, address)))
        {
            Acknowledge(delivery, MqttReasonCode.Success);
        }
        else if (delivery.IsRetained && delivery.Message.Payload.IsEmpty)
        {
            Acknowledge(delivery, MqttReasonCode.Success); // the end of a retained message is no command
        }
        else if (device is null || Encoding.UTF8.GetByteCount(address.Name) > MaximumNameLength)
        {
            RefusedCount++;
            Acknowledge(delivery, MqttReasonCode.TopicNameInvalid);
        }
        else if (device.Count >= settings.MaximumPerDevice || Count >= settings.Maximum)
        {
            RefusedCount++;
            Acknowledge(delivery, MqttReasonCode.QuotaExceeded);
        }
        else
        {
            device.Storing++;
            Count++;
            _writes.Enqueue(new CommandWrite.Add(ToCommand(now, device, address, delivery.Message, lifetime), delivery.Ticket));
        }
    }

    /// <summary>The command is on disk: the broker may forget it, and the device gets it.</summary>
    public void HandleStored(Instant now, CommandWrite.Add stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        var device = DeviceOf(stored.Device);
        device.Storing--;
        device.Waiting.Add(stored.Command);
        _acknowledgements.Enqueue(new DeliveryAcknowledgement(stored.Ticket));
        Offer(device);
        Settle(device);
    }

    /// <summary>How the subscription of a device stands. A refusal, too, is all that there is to wait for.</summary>
    public void HandleSubscription(Instant now, in SubscriptionStatus status)
    {
        if (_filters.TryGetValue(status.Filter, out var device) && device.AwaitsSubscription)
        {
            device.AwaitsSubscription = false;
            AnswerDue(now, device);
            Settle(device);
        }
    }

    /// <summary>Does what is due. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        while (_due.TryTakeDue(now, out var device))
        {
            AnswerDue(now, device);
            foreach (var command in device.Waiting.Concat(device.Taken).Where(command => command.Ends <= now).ToList())
            {
                ExpiredCount += command.IsTaken ? 0 : 1;
                Remove(device, command.Id);
            }

            if (device.Connections == 0 && device.LingersUntil <= now)
            {
                Unsubscribe(device);
            }

            Settle(device);
        }
    }

    public bool TryTakeWrite([MaybeNullWhen(false)] out CommandWrite write) => _writes.TryDequeue(out write);

    public bool TryTakeSubscription(out SubscriptionChange change) => _subscriptions.TryDequeue(out change);

    public bool TryTakeAcknowledgement(out DeliveryAcknowledgement acknowledgement) => _acknowledgements.TryDequeue(out acknowledgement);

    public bool TryTakeAnswer(out DeskAnswer answer) => _answers.TryDequeue(out answer);

    private DeviceCommands DeviceOf(string name)
    {
        if (!_devices.TryGetValue(name, out var device))
        {
            device = new DeviceCommands(name);
            _devices.Add(name, device);
        }

        return device;
    }

    /// <summary>The end of all that may have changed with a device.</summary>
    private void Settle(DeviceCommands device)
    {
        _due.Set(device, device.NextDeadline);
        if (device.IsForgettable)
        {
            _devices.Remove(device.Name);
        }
    }

    private void Subscribe(DeviceCommands device, string filter)
    {
        if (device.Filter == filter)
        {
            return;
        }

        Unsubscribe(device);
        device.Filter = filter;
        if (!_sources.ContainsKey(filter))
        {
            _filters[filter] = device;
            device.AwaitsSubscription = true;
            _subscriptions.Enqueue(new SubscriptionChange(owner, filter, Wanted: true, WantsRetained: false));
        }

        _writes.Enqueue(new CommandWrite.Subscribe(device.Name, filter));
    }

    private void Unsubscribe(DeviceCommands device)
    {
        if (device.Filter is { } filter)
        {
            device.Filter = null;
            if (_filters.Remove(filter))
            {
                _subscriptions.Enqueue(new SubscriptionChange(owner, filter, Wanted: false));
            }

            _writes.Enqueue(new CommandWrite.Unsubscribe(device.Name));
        }
    }
}
