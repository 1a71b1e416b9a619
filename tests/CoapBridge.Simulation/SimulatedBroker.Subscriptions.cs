using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Simulation;

// What the gateway wants to hear, and what it hears: retained messages, and one copy for each subscription.
public sealed partial class SimulatedBroker
{
    private readonly Dictionary<string, (Subscription Subscription, int? Identifier)> _subscriptions = [];
    private readonly Dictionary<string, ApplicationMessage> _retained = [];
    private readonly SortedDictionary<ushort, (ApplicationMessage Message, int? Identifier)> _unacknowledged = [];
    private bool _isAccepted;
    private ushort _lastIdentifier;

    /// <summary>It forgets the gateway's session with each connection.</summary>
    public bool LosesSessions { get; set; }

    /// <summary>What SUBACK says of a filter.</summary>
    public Func<string, MqttReasonCode> JudgeFilter { get; set; } = _ => MqttReasonCode.GrantedQoS1;

    /// <summary>From SUBSCRIBE to SUBACK and the retained messages.</summary>
    public TimeSpan SubscribeSlowness { get; set; }

    /// <summary>The filters that the gateway has subscribed to.</summary>
    public IReadOnlyCollection<string> Filters => _subscriptions.Keys;

    /// <summary>Messages that the gateway has not acknowledged.</summary>
    public int UnacknowledgedCount => _unacknowledged.Count;

    /// <summary>The last code of the gateway's PUBACK.</summary>
    public MqttReasonCode LastAnswer { get; private set; }

    /// <summary>Another client publishes; with the gateway away, its session keeps what is not of QoS 0.</summary>
    public void Publish(ApplicationMessage message)
    {
        if (message.Retain && message.Payload.IsEmpty)
        {
            _retained.Remove(message.Topic);
        }
        else if (message.Retain)
        {
            _retained[message.Topic] = message;
        }

        foreach (var (subscription, identifier) in _subscriptions.Values.Where(one => TopicFilter.Matches(one.Subscription.TopicFilter, message.Topic)))
        {
            Deliver(message with { Retain = message.Retain && subscription.RetainAsPublished }, subscription, identifier);
        }
    }

    private bool HandleConnect(in ControlPacket packet, out MqttFault fault)
    {
        if (!ConnectPacket.TryParse(packet.Body, out var connect, out fault))
        {
            return false;
        }

        var keeps = !connect.CleanStart && !LosesSessions && _subscriptions.Count + _unacknowledged.Count > 0;
        if (!keeps)
        {
            _subscriptions.Clear();
            _unacknowledged.Clear();
        }

        var welcome = new ConnackPacket { ReasonCode = Welcome, SessionPresent = keeps && !Welcome.IsFailure() };
        Send(TimeSpan.Zero, welcome.TryWrite);
        _isAccepted = !Welcome.IsFailure();
        if (_isAccepted)
        {
            foreach (var (packetIdentifier, (message, identifier)) in _unacknowledged)
            {
                SendMessage(message, packetIdentifier, identifier, duplicate: true);
            }
        }

        return true;
    }

    private bool HandlePuback(in ControlPacket packet, out MqttFault fault)
    {
        if (!AcknowledgementPacket.TryParse(packet.Body, out var puback, out fault))
        {
            return false;
        }

        LastAnswer = puback.ReasonCode;
        _unacknowledged.Remove(puback.PacketIdentifier);
        return true;
    }

    private bool HandleSubscribe(in ControlPacket packet, out MqttFault fault)
    {
        if (!SubscribePacket.TryParse(packet.Body, out var subscribe, out fault))
        {
            return false;
        }

        var codes = subscribe.Subscriptions.Select(subscription => JudgeFilter(subscription.TopicFilter)).ToList();
        var suback = new SubackPacket(subscribe.PacketIdentifier, codes);
        Send(SubscribeSlowness, (Span<byte> room, out int length) => suback.TryWrite(room, PacketType.Suback, out length));
        foreach (var subscription in subscribe.Subscriptions.Where(subscription => !JudgeFilter(subscription.TopicFilter).IsFailure()))
        {
            _subscriptions[subscription.TopicFilter] = (subscription, subscribe.SubscriptionIdentifier);
            foreach (var message in _retained.Values.Where(
                message => subscription.RetainHandling == 0 && TopicFilter.Matches(subscription.TopicFilter, message.Topic)))
            {
                Deliver(message, subscription, subscribe.SubscriptionIdentifier);
            }
        }

        return true;
    }

    private bool HandleUnsubscribe(in ControlPacket packet, out MqttFault fault)
    {
        if (!UnsubscribePacket.TryParse(packet.Body, out var unsubscribe, out fault))
        {
            return false;
        }

        var codes = unsubscribe.TopicFilters
            .Select(filter => _subscriptions.Remove(filter) ? MqttReasonCode.Success : MqttReasonCode.NoSubscriptionExisted).ToList();
        var unsuback = new SubackPacket(unsubscribe.PacketIdentifier, codes);
        Send(TimeSpan.Zero, (Span<byte> room, out int length) => unsuback.TryWrite(room, PacketType.Unsuback, out length));
        return true;
    }

    private void Deliver(ApplicationMessage message, Subscription subscription, int? identifier)
    {
        var copy = message with { QualityOfService = (QualityOfService)Math.Min((int)message.QualityOfService, (int)subscription.MaximumQoS) };
        if (copy.QualityOfService == QualityOfService.AtMostOnce)
        {
            SendMessage(copy, 0, identifier, duplicate: false);
            return;
        }

        var packetIdentifier = ++_lastIdentifier == 0 ? ++_lastIdentifier : _lastIdentifier;
        _unacknowledged[packetIdentifier] = (copy, identifier);
        SendMessage(copy, packetIdentifier, identifier, duplicate: false);
    }

    private void SendMessage(ApplicationMessage message, ushort packetIdentifier, int? identifier, bool duplicate)
    {
        if (_isAccepted)
        {
            Send(
                SubscribeSlowness,
                (Span<byte> room, out int length) => PublishPacket.TryWrite(room, message, packetIdentifier, duplicate, out length, default, identifier),
                (int)PublishPacket.Measure(message) + 32);
        }
    }
}
