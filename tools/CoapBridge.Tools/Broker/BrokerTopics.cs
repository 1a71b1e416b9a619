using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tools.Broker;

/// <summary>The clients, their subscriptions and the retained messages: all that one task owns.</summary>
internal sealed class BrokerTopics(Action<string, ApplicationMessage> seen)
{
    /// <summary>Bytes; announced, and enforced before buffering.</summary>
    public const int MaximumPacketSize = 1024 * 1024;

    private const int MaximumRetained = 10_000;
    private const int MaximumSubscriptions = 1_000;
    private readonly Dictionary<string, BrokerClient> _clients = [];
    private readonly Dictionary<string, ApplicationMessage> _retained = [];
    private int _assigned;

    public void HandleConnect(BrokerClient client, ConnectPacket connect)
    {
        var assigned = connect.ClientIdentifier.Length == 0 ? $"assigned-{++_assigned}" : null;
        client.Identifier = assigned ?? connect.ClientIdentifier;
        client.HandleConnect(connect);
        if (_clients.Remove(client.Identifier, out var older))
        {
            older.Close(MqttReasonCode.SessionTakenOver);
        }

        _clients.Add(client.Identifier, client);
        var connack = new ConnackPacket
        {
            MaximumQoS = QualityOfService.AtLeastOnce,
            MaximumPacketSize = MaximumPacketSize,
            SessionExpiryInterval = connect.SessionExpiryInterval == 0 ? null : 0u,
            AssignedClientIdentifier = assigned,
            SubscriptionIdentifierAvailable = false,
            SharedSubscriptionAvailable = false,
        };
        Send(client, connack);
    }

    public void HandlePublish(BrokerClient client, ApplicationMessage message, ushort identifier)
    {
        seen(client.Identifier, message);
        var matched = Route(client, message);
        if (message.QualityOfService == QualityOfService.AtLeastOnce)
        {
            var puback = new AcknowledgementPacket(identifier, matched ? MqttReasonCode.Success : MqttReasonCode.NoMatchingSubscribers);
            client.Send(16, span => puback.TryWrite(span, PacketType.Puback, out var length) ? length : 0);
        }
    }

    public void HandleSubscribe(BrokerClient client, SubscribePacket subscribe)
    {
        var codes = subscribe.Subscriptions.Select(subscription => CodeOf(client, subscribe, subscription)).ToList();
        var fresh = subscribe.Subscriptions.Select(subscription => !client.Subscriptions.ContainsKey(subscription.TopicFilter)).ToList();
        for (var index = 0; index < codes.Count; index++)
        {
            if (!codes[index].IsFailure())
            {
                client.Subscriptions[subscribe.Subscriptions[index].TopicFilter] = subscribe.Subscriptions[index];
            }
        }

        var suback = new SubackPacket(subscribe.PacketIdentifier, codes);
        client.Send(16 + codes.Count, span => suback.TryWrite(span, PacketType.Suback, out var length) ? length : 0);
        for (var index = 0; index < codes.Count; index++)
        {
            var subscription = subscribe.Subscriptions[index];
            if (!codes[index].IsFailure() && (subscription.RetainHandling == 0 || (subscription.RetainHandling == 1 && fresh[index])))
            {
                DeliverRetained(client, subscription);
            }
        }
    }

    public void HandleUnsubscribe(BrokerClient client, UnsubscribePacket unsubscribe)
    {
        var codes = unsubscribe.TopicFilters
            .Select(filter => client.Subscriptions.Remove(filter) ? MqttReasonCode.Success : MqttReasonCode.NoSubscriptionExisted).ToList();
        var unsuback = new SubackPacket(unsubscribe.PacketIdentifier, codes);
        client.Send(16 + codes.Count, span => unsuback.TryWrite(span, PacketType.Unsuback, out var length) ? length : 0);
    }

    /// <summary>A client broke the rules: CONNACK with the reason if it was not connected, else DISCONNECT.</summary>
    public void Refuse(BrokerClient client, MqttReasonCode reason)
    {
        if (client.Identifier.Length > 0)
        {
            client.Close(reason);
            return;
        }

        Send(client, new ConnackPacket { ReasonCode = reason });
        client.Complete();
    }

    public void HandleClosed(BrokerClient client)
    {
        if (_clients.TryGetValue(client.Identifier, out var current) && current == client)
        {
            _clients.Remove(client.Identifier);
        }

        if (client is { Will: { } will, KeepsWill: true })
        {
            seen(client.Identifier, will);
            Route(client, will);
        }
    }

    private static void Send(BrokerClient client, ConnackPacket connack) =>
        client.Send(128, span => connack.TryWrite(span, out var length) ? length : 0);

    private static MqttReasonCode CodeOf(BrokerClient client, SubscribePacket subscribe, Subscription subscription)
    {
        if (subscribe.SubscriptionIdentifier is not null)
        {
            return MqttReasonCode.SubscriptionIdentifiersNotSupported;
        }

        if (subscription.TopicFilter.StartsWith("$share/", StringComparison.Ordinal))
        {
            return MqttReasonCode.SharedSubscriptionsNotSupported;
        }

        if (!TopicFilter.IsValid(subscription.TopicFilter))
        {
            return MqttReasonCode.TopicFilterInvalid;
        }

        return client.Subscriptions.Count >= MaximumSubscriptions
            ? MqttReasonCode.QuotaExceeded
            : subscription.MaximumQoS == QualityOfService.AtMostOnce ? MqttReasonCode.Success : MqttReasonCode.GrantedQoS1;
    }

    private bool Route(BrokerClient from, ApplicationMessage message)
    {
        if (message.Retain && message.Payload.IsEmpty)
        {
            _retained.Remove(message.Topic);
        }
        else if (message.Retain && (_retained.Count < MaximumRetained || _retained.ContainsKey(message.Topic)))
        {
            _retained[message.Topic] = message;
        }

        var matched = false;
        foreach (var client in _clients.Values)
        {
            // Overlapping subscriptions: one copy, at the highest QoS of them (MQTT 5 §3.3.4).
            var matching = client.Subscriptions.Values
                .Where(subscription => TopicFilter.Matches(subscription.TopicFilter, message.Topic) && !(subscription.NoLocal && client == from)).ToList();
            if (matching.Count > 0)
            {
                matched = true;
                var retain = message.Retain && matching.Exists(subscription => subscription.RetainAsPublished);
                client.Deliver(AsFor(message, matching.Max(subscription => subscription.MaximumQoS), retain));
            }
        }

        return matched;
    }

    private void DeliverRetained(BrokerClient client, Subscription subscription)
    {
        foreach (var message in _retained.Values.Where(message => TopicFilter.Matches(subscription.TopicFilter, message.Topic)))
        {
            client.Deliver(AsFor(message, subscription.MaximumQoS, retain: true));
        }
    }

    private static ApplicationMessage AsFor(ApplicationMessage message, QualityOfService maximum, bool retain) => message with
    {
        QualityOfService = maximum < message.QualityOfService ? maximum : message.QualityOfService,
        Retain = retain,
    };
}
