using CoapBridge.Mqtt.Packets;
using CoapBridge.Wire;

namespace CoapBridge.Mqtt;

/// <summary>Messages of the server's, and our answers to them (MQTT 5 §4.3).</summary>
public sealed partial class MqttClientEngine
{
    /// <summary>
    /// The message of a MessageReceived event was taken over (or, with a failure, thrown away), so the server may forget it.
    /// Answers go out in the order of the messages [MQTT-4.6.0-2]: one that is not acknowledged holds up those after it, and
    /// once our Receive Maximum is reached the server too. MQTT 3.1.1 knows no failure: there it is a success. After the end of its connection a ticket of QoS 1 means nothing.
    /// </summary>
    public void Acknowledge(Instant now, ulong ticket, MqttReasonCode reason = MqttReasonCode.Success)
    {
        _inbound.Accept(ticket, IsMqtt5 ? reason : MqttReasonCode.Success);
        SendAnswers(now);
    }

    private bool TryHandlePublish(Instant now, in ControlPacket packet, out MqttFault fault)
    {
        if (!PublishPacket.TryParse(packet.Flags, packet.Body, out var publish, out fault, MqttLimits.InboundTopicAliases, _options.Version)
            || !_inboundAliases.TryResolve(publish, out var topic, out fault))
        {
            return false;
        }

        var ticket = 0ul;
        if (publish.QualityOfService > QualityOfService.AtMostOnce)
        {
            // Answers that the driver has not taken cannot have reached the server: they count.
            if (_inbound.Count + _marks.Answers >= MqttLimits.InboundReceiveMaximum && !_inbound.Knows(publish.PacketIdentifier))
            {
                fault = new MqttFault(MqttReasonCode.ReceiveMaximumExceeded, "[MQTT-3.3.4-9] more than our Receive Maximum");
                return false;
            }

            if (!_inbound.TryAdd(publish.PacketIdentifier, publish.QualityOfService, out ticket))
            {
                SendAnswers(now);
                return MayStep(out fault);
            }
        }

        var message = new InboundMessage(publish.ToMessage(topic), publish.Duplicate, publish.ReadSubscriptionIdentifiers());
        _events.Enqueue(new MqttEvent(MqttEventKind.MessageReceived, ticket) { Message = message });
        return true;
    }

    /// <summary>PUBREL ends an exchange of QoS 2 [MQTT-4.3.3-11]; of one that we do not know too, or the server would wait for ever.</summary>
    private bool TryHandlePubrel(Instant now, in ControlPacket packet, out MqttFault fault)
    {
        if (!AcknowledgementPacket.TryParse(packet.Body, out var pubrel, out fault, _options.Version))
        {
            return false;
        }

        if (_marks.Answers >= 2 * MqttLimits.InboundReceiveMaximum)
        {
            fault = new MqttFault(MqttReasonCode.ReceiveMaximumExceeded, "more PUBREL packets than answers are taken");
            return false;
        }

        var reason = _inbound.TryRelease(pubrel.PacketIdentifier) || !IsMqtt5 ? MqttReasonCode.Success : MqttReasonCode.PacketIdentifierNotFound;
        SendAnswer(now, PacketType.Pubcomp, new AcknowledgementPacket(pubrel.PacketIdentifier, reason), isLast: true);
        return true;
    }

    private void SendAnswers(Instant now)
    {
        while (_phase == Phase.Connected && _inbound.TryTakeAnswer(out var identifier, out var quality, out var reason))
        {
            var type = quality == QualityOfService.AtLeastOnce ? PacketType.Puback : PacketType.Pubrec;
            SendAnswer(now, type, new AcknowledgementPacket(identifier, reason), isLast: type == PacketType.Puback || reason.IsFailure());
        }
    }

    private void SendAnswer(Instant now, PacketType type, in AcknowledgementPacket answer, bool isLast)
    {
        var written = answer.TryWrite(_transmit.Claim(16), type, out var length);
        Commit(now, written, length);
        if (isLast)
        {
            _marks.AddAnswer(_transmit.WrittenTo);
        }
        else
        {
            _marks.AddStep(_transmit.WrittenTo);
        }
    }
}
