using CoapBridge.Mqtt.Packets;
using CoapBridge.Mqtt.Session;
using CoapBridge.Wire;

namespace CoapBridge.Mqtt;

/// <summary>What we publish, and its acknowledgements (MQTT 5 §3.3 to §3.7, §4.3).</summary>
public sealed partial class MqttClientEngine
{
    /// <summary>
    /// Publishes. The ticket is the caller's and comes back in exactly one event (and in PublishUnconfirmed events before it)
    /// if the outcome is Accepted; otherwise nothing was kept.
    /// </summary>
    public PublishOutcome Publish(Instant now, ulong ticket, ApplicationMessage message)
    {
        if (_phase != Phase.Connected)
        {
            return PublishOutcome.NotConnected;
        }

        _now = now;
        var outcome = PublishRules.Check(message, _server, _options, out var size);
        if (outcome != PublishOutcome.Accepted)
        {
            return outcome;
        }

        if (message.QualityOfService == QualityOfService.AtMostOnce)
        {
            return PublishAtMostOnce(now, ticket, message, size);
        }

        if (_waiting.Count >= MqttLimits.Waiting || _outstandingBytes + size > MqttLimits.OutstandingBytes)
        {
            return PublishOutcome.QueueFull;
        }

        _outstandingBytes += size;
        _waiting.Enqueue(new OutgoingPublish(ticket, message, size));
        SendWaiting(now);
        return PublishOutcome.Accepted;
    }

    /// <summary>
    /// Messages that were sent at <paramref name="time"/> or before, and are not acknowledged, hold half of the window or are
    /// all that is sent. MQTT sends again on a new connection only [MQTT-4.4.0-1].
    /// </summary>
    public bool IsStalledSince(Instant time) => _inFlight.IsStalledSince(time);

    private PublishOutcome PublishAtMostOnce(Instant now, ulong ticket, ApplicationMessage message, int size)
    {
        if (_transmit.Pending > 0 && _transmit.Pending + size > MqttLimits.TransmitBytes)
        {
            return PublishOutcome.QueueFull;
        }

        SendPublish(now, message, identifier: 0, size, duplicate: false);
        _marks.AddTicket(_transmit.WrittenTo, ticket);
        return PublishOutcome.Accepted;
    }

    /// <summary>
    /// First what a resumed session must send again, then what waits, in order [MQTT-4.6.0-1], as far as the quota and the
    /// driver's pace let it.
    /// </summary>
    private void SendWaiting(Instant now)
    {
        while (_phase == Phase.Connected && _transmit.Pending < MqttLimits.TransmitBytes && _inFlight.TryTakeUnsent(now, out var again))
        {
            SendAgain(now, again);
        }

        while (_phase == Phase.Connected && !_inFlight.IsFull && _transmit.Pending < MqttLimits.TransmitBytes
            && _waiting.TryDequeue(out var publish))
        {
            _inFlight.Add(now, publish);
            SendPublish(now, publish.Message, publish.Identifier, publish.Size, duplicate: false);
        }
    }

    /// <summary>With its identifier and DUP, or, after PUBREC, only its PUBREL [MQTT-4.3.3-6]; what the server no longer takes is lost.</summary>
    private void SendAgain(Instant now, OutgoingPublish publish)
    {
        if (publish.IsReceived)
        {
            SendPubrel(now, publish.Identifier);
        }
        else if (PublishRules.Check(publish.Message, _server, _options, out _) != PublishOutcome.Accepted)
        {
            Close(publish);
            _events.Enqueue(new MqttEvent(MqttEventKind.PublishLost, publish.Ticket));
        }
        else
        {
            SendPublish(now, publish.Message, publish.Identifier, publish.Size, duplicate: true);
        }
    }

    private void SendPublish(Instant now, ApplicationMessage message, ushort identifier, int size, bool duplicate)
    {
        var room = size + PacketWriter.Slack + PublishPacket.AliasSize;
        var alias = size + PublishPacket.AliasSize <= (_server.MaximumPacketSize ?? uint.MaxValue) ? _outgoingAliases.Use(message.Topic) : default;
        var written = PublishPacket.TryWrite(_transmit.Claim(room), message, identifier, duplicate, out var length, alias, null, _options.Version);
        Commit(now, written, length);
    }

    private void SendPubrel(Instant now, ushort identifier, MqttReasonCode reason = MqttReasonCode.Success)
    {
        var written = new AcknowledgementPacket(identifier, IsMqtt5 ? reason : MqttReasonCode.Success).TryWrite(_transmit.Claim(16), PacketType.Pubrel, out var length);
        Commit(now, written, length);
        _marks.AddStep(_transmit.WrittenTo);
    }

    /// <summary>A PUBACK of any code frees the identifier; one that we do not know (a duplicate) is ignored.</summary>
    private bool TryHandlePuback(in ControlPacket packet, out MqttFault fault)
    {
        if (!AcknowledgementPacket.TryParse(packet.Body, out var puback, out fault, _options.Version))
        {
            return false;
        }

        if (!_inFlight.TryFind(puback.PacketIdentifier, out var publish) || publish.SentAt is null)
        {
            return true;
        }

        if (publish.QualityOfService != QualityOfService.AtLeastOnce)
        {
            fault = MqttFault.ProtocolError("PUBACK for a message of QoS 2");
            return false;
        }

        Close(publish);
        _events.Enqueue(new MqttEvent(MqttEventKind.PublishAcknowledged, publish.Ticket, puback.ReasonCode));
        return true;
    }

    /// <summary>With PUBREC the server has the message, or has refused it for good [MQTT-4.3.3-1 to -7].</summary>
    private bool TryHandlePubrec(Instant now, in ControlPacket packet, out MqttFault fault)
    {
        if (!AcknowledgementPacket.TryParse(packet.Body, out var pubrec, out fault, _options.Version) || !MayStep(out fault))
        {
            return false;
        }

        if (!_inFlight.TryFind(pubrec.PacketIdentifier, out var publish) || publish.SentAt is null)
        {
            SendPubrel(now, pubrec.PacketIdentifier, MqttReasonCode.PacketIdentifierNotFound);
            return true;
        }

        if (publish.QualityOfService != QualityOfService.ExactlyOnce)
        {
            fault = MqttFault.ProtocolError("PUBREC for a message of QoS 1");
            return false;
        }

        if (!publish.IsReceived)
        {
            publish.IsReceived = true;
            _events.Enqueue(new MqttEvent(MqttEventKind.PublishAcknowledged, publish.Ticket, pubrec.ReasonCode));
            if (pubrec.ReasonCode.IsFailure())
            {
                Close(publish);
                return true;
            }
        }

        SendPubrel(now, pubrec.PacketIdentifier);
        return true;
    }

    private bool TryHandlePubcomp(in ControlPacket packet, out MqttFault fault)
    {
        if (!AcknowledgementPacket.TryParse(packet.Body, out var pubcomp, out fault, _options.Version))
        {
            return false;
        }

        if (_inFlight.TryFind(pubcomp.PacketIdentifier, out var publish) && publish.SentAt is not null)
        {
            if (!publish.IsReceived)
            {
                fault = MqttFault.ProtocolError("PUBCOMP before PUBREC");
                return false;
            }

            Close(publish);
        }

        return true;
    }

    private bool MayStep(out MqttFault fault)
    {
        fault = new MqttFault(MqttReasonCode.ReceiveMaximumExceeded, "more steps of QoS 2 than are taken");
        return _marks.Steps < MqttLimits.InFlight + MqttLimits.InboundReceiveMaximum;
    }

    private void Close(OutgoingPublish publish)
    {
        _inFlight.Remove(publish);
        _outstandingBytes -= publish.Size;
    }

    private void TellUnconfirmed()
    {
        foreach (var publish in _inFlight.All)
        {
            if (!publish.IsReceived && publish.SentAt is not null)
            {
                _events.Enqueue(new MqttEvent(MqttEventKind.PublishUnconfirmed, publish.Ticket));
            }

            publish.SentAt = null;
        }
    }
}
