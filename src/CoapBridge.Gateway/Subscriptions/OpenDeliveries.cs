using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway.Subscriptions;

/// <summary>
/// Messages on their way to owners until they are acknowledged. What an owner may be behind is bounded: messages of QoS 0
/// above it are dropped and counted, those of QoS 1 and 2 wait at the broker, which gets no PUBACK.
/// </summary>
internal sealed class OpenDeliveries(MqttClientEngine engine)
{
    /// <summary>Deliveries to one owner above which messages of QoS 0 are dropped for it.</summary>
    public const int MaximumPerOwner = 4_096;

    /// <summary>Bytes of open messages above which those of QoS 0 are dropped.</summary>
    public const long MaximumBytes = 32 * 1024 * 1024;

    private readonly Dictionary<ulong, (OpenMessage Message, int Owner)> _open = [];
    private readonly Dictionary<int, int> _perOwner = [];
    private readonly Queue<(int Owner, Delivery Delivery)> _ready = new();
    private long _bytes;
    private ulong _lastTicket;

    /// <summary>Deliveries that are not acknowledged.</summary>
    public int Count => _open.Count;

    /// <summary>Messages of QoS 0 that an owner did not get because it, or all of them, were behind.</summary>
    public long Dropped { get; private set; }

    /// <summary>Hands a message to every owner of the filters that it matches.</summary>
    /// <param name="now">The present.</param>
    /// <param name="engineTicket">The engine's, 0 with QoS 0.</param>
    /// <param name="inbound">The message.</param>
    /// <param name="filters">Those that it matches.</param>
    public void Add(Instant now, ulong engineTicket, InboundMessage inbound, IReadOnlyList<WantedFilter> filters)
    {
        var message = new OpenMessage(engineTicket, SizeOf(inbound.Message));
        for (var index = 0; index < filters.Count; index++)
        {
            foreach (var owner in filters[index].Owners)
            {
                Add(owner, message, new Delivery(filters[index].Filter, inbound.Message, ++_lastTicket, inbound.IsDuplicate));
            }
        }

        if (message.Left == 0 && engineTicket > 0)
        {
            // Nobody wants it any more: never a success for what is thrown away.
            engine.Acknowledge(now, engineTicket, MqttReasonCode.ImplementationSpecificError);
        }
    }

    public void HandleAcknowledgement(Instant now, in DeliveryAcknowledgement acknowledgement)
    {
        if (!_open.Remove(acknowledgement.Ticket, out var open))
        {
            return;
        }

        var (message, owner) = open;
        _perOwner[owner]--;
        message.Reason = acknowledgement.Reason.IsFailure() ? acknowledgement.Reason : message.Reason;
        if (--message.Left == 0)
        {
            _bytes -= message.Size;
            if (message.EngineTicket > 0)
            {
                engine.Acknowledge(now, message.EngineTicket, message.Reason);
            }
        }
    }

    public bool TryTake(out int owner, out Delivery delivery)
    {
        var isThere = _ready.TryDequeue(out var next);
        (owner, delivery) = next;
        return isThere;
    }

    private void Add(int owner, OpenMessage message, in Delivery delivery)
    {
        var behind = _perOwner.GetValueOrDefault(owner);
        if (message.EngineTicket == 0 && (behind >= MaximumPerOwner || (message.Left == 0 && _bytes + message.Size > MaximumBytes)))
        {
            Dropped++;
            return;
        }

        _perOwner[owner] = behind + 1;
        _bytes += message.Left++ == 0 ? message.Size : 0;
        _open.Add(delivery.Ticket, (message, owner));
        _ready.Enqueue((owner, delivery));
    }

    /// <summary>About what it takes in memory, in bytes.</summary>
    private static int SizeOf(ApplicationMessage message) => 256 + (2 * message.Topic.Length) + message.Payload.Length;

    private sealed class OpenMessage(ulong engineTicket, int size)
    {
        public ulong EngineTicket { get; } = engineTicket;

        public int Size { get; } = size;

        /// <summary>Deliveries of it that are not acknowledged.</summary>
        public int Left { get; set; }

        /// <summary>A failure of any owner.</summary>
        public MqttReasonCode Reason { get; set; }
    }
}
