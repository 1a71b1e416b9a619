using CoapBridge.Mqtt.Packets;
using CoapBridge.Wire;

namespace CoapBridge.Mqtt;

/// <summary>What the server sends (MQTT 5 §3): each packet is checked, answered, or ends the connection.</summary>
public sealed partial class MqttClientEngine
{
    /// <summary>
    /// Takes received bytes, cut in any way. Bytes that are malformed or not allowed end the connection with a DISCONNECT
    /// that says why (MQTT 5 §4.13); after the end everything is ignored.
    /// </summary>
    public void HandleReceived(Instant now, ReadOnlySpan<byte> bytes)
    {
        while (_phase is Phase.AwaitingConnack or Phase.Connected)
        {
            var result = _framer.TryTake(ref bytes, out var packet, out var fault);
            if (result == FramingResult.NeedMore)
            {
                break;
            }

            if (result == FramingResult.Fault || !TryHandle(now, packet, out fault))
            {
                SendDisconnect(now, fault.Reason);
                End(new MqttEvent(MqttEventKind.ConnectionClosed, Reason: fault.Reason, End: ConnectionEnd.ServerFault, Detail: fault.Rule));
            }
        }

        _keepAlive.NoteReceived(_now = now);
        SendWaiting(now);
    }

    private bool TryHandle(Instant now, in ControlPacket packet, out MqttFault fault)
    {
        if (_phase == Phase.AwaitingConnack && packet.Type is not (PacketType.Connack or PacketType.Disconnect or PacketType.Auth))
        {
            fault = MqttFault.ProtocolError("[MQTT-3.2.0-1] a packet before CONNACK");
            return false;
        }

        switch (packet.Type)
        {
            case PacketType.Connack:
                return TryHandleConnack(now, packet, out fault);
            case PacketType.Publish:
                return TryHandlePublish(now, packet, out fault);
            case PacketType.Puback:
                return TryHandlePuback(packet, out fault);
            case PacketType.Pubrel:
                return TryHandlePubrel(now, packet, out fault);
            case PacketType.Pingresp:
                _keepAlive.NotePingResponse();
                return PingPacket.TryParse(packet.Body, out fault);
            case PacketType.Disconnect:
                return TryHandleDisconnect(packet, out fault);
            default:
                return Refuse(packet, out fault);
        }
    }

    private bool TryHandleConnack(Instant now, in ControlPacket packet, out MqttFault fault)
    {
        if (_phase == Phase.Connected)
        {
            fault = MqttFault.ProtocolError("[MQTT-3.2.0-2] a second CONNACK");
            return false;
        }

        if (!ConnackPacket.TryParse(packet.Body, out var connack, out fault))
        {
            return false;
        }

        if (connack.ReasonCode.IsFailure())
        {
            End(new MqttEvent(MqttEventKind.ConnectionRefused, 0, connack.ReasonCode, ConnectionEnd.Refused, connack.ReasonString));
            return true;
        }

        // We always ask for a Clean Start, so there is no state that the server could have kept.
        if (connack.SessionPresent)
        {
            fault = MqttFault.ProtocolError("[MQTT-3.2.2-4] session present without a session");
            return false;
        }

        _server = connack;
        ClientId = _options.ClientId.Length > 0 ? _options.ClientId : connack.AssignedClientIdentifier ?? "";
        _phase = Phase.Connected;
        _inFlight.Open(connack.ReceiveMaximum);
        // [MQTT-3.2.2-21]: the server's Keep Alive wins.
        _keepAlive.Start(now, connack.ServerKeepAlive is { } seconds ? TimeSpan.FromSeconds(seconds) : _options.KeepAlive);
        _events.Enqueue(new MqttEvent(MqttEventKind.ConnectionAccepted));
        return true;
    }

    /// <summary>
    /// We have no subscription, so nobody wants the message: QoS 0 is dropped, QoS 1 and 2 are answered with "not willing"
    /// (0x83), which also ends a QoS 2 exchange [MQTT-4.3.3-9]. Never a success for what is thrown away.
    /// </summary>
    private bool TryHandlePublish(Instant now, in ControlPacket packet, out MqttFault fault)
    {
        if (!PublishPacket.TryParse(packet.Flags, packet.Body, out var publish, out fault))
        {
            return false;
        }

        if (publish.QualityOfService == QualityOfService.AtMostOnce)
        {
            return true;
        }

        var type = publish.QualityOfService == QualityOfService.AtLeastOnce ? PacketType.Puback : PacketType.Pubrec;
        return TryAnswer(now, type, new(publish.PacketIdentifier, MqttReasonCode.ImplementationSpecificError), out fault);
    }

    private bool TryHandlePubrel(Instant now, in ControlPacket packet, out MqttFault fault) =>
        AcknowledgementPacket.TryParse(packet.Body, out var pubrel, out fault)
        && TryAnswer(now, PacketType.Pubcomp, new(pubrel.PacketIdentifier, MqttReasonCode.PacketIdentifierNotFound), out fault);

    /// <summary>Answers that the driver has not taken cannot have reached the server: more than our Receive Maximum is 0x93.</summary>
    private bool TryAnswer(Instant now, PacketType type, AcknowledgementPacket answer, out MqttFault fault)
    {
        if (_marks.Answers >= MqttLimits.InboundReceiveMaximum)
        {
            fault = new MqttFault(MqttReasonCode.ReceiveMaximumExceeded, "[MQTT-3.3.4-9] more than our Receive Maximum");
            return false;
        }

        fault = default;
        var written = answer.TryWrite(_transmit.Claim(16), type, out var length);
        Commit(now, written, length);
        _marks.AddAnswer(_transmit.WrittenTo);
        return true;
    }

    /// <summary>A PUBACK of any code frees the identifier; one that we do not know (a duplicate) is ignored.</summary>
    private bool TryHandlePuback(in ControlPacket packet, out MqttFault fault)
    {
        if (!AcknowledgementPacket.TryParse(packet.Body, out var puback, out fault))
        {
            return false;
        }

        if (_inFlight.TryRemove(puback.PacketIdentifier, out var publish))
        {
            _outstandingBytes -= publish.Size;
            _events.Enqueue(new MqttEvent(MqttEventKind.PublishAcknowledged, publish.Ticket, puback.ReasonCode));
        }

        return true;
    }

    private bool TryHandleDisconnect(in ControlPacket packet, out MqttFault fault)
    {
        if (!DisconnectPacket.TryParse(packet.Body, out var disconnect, out fault))
        {
            return false;
        }

        var (reason, text) = disconnect;
        End(new MqttEvent(MqttEventKind.ConnectionClosed, 0, reason, ConnectionEnd.ServerDisconnect, text));
        return true;
    }

    /// <summary>What a server may never send, or not to us: we subscribe to nothing, send no QoS 2 and use no AUTH.</summary>
    private static bool Refuse(in ControlPacket packet, out MqttFault fault)
    {
        fault = default;
        var parsed = packet.Type switch
        {
            PacketType.Pubrec or PacketType.Pubcomp => AcknowledgementPacket.TryParse(packet.Body, out _, out fault),
            PacketType.Suback or PacketType.Unsuback => SubackPacket.TryParse(packet.Body, out _, out fault),
            PacketType.Auth => AuthPacket.TryParse(packet.Body, out _, out fault),
            _ => true,
        };
        if (parsed)
        {
            fault = MqttFault.ProtocolError($"unexpected {packet.Type}");
        }

        return false;
    }
}
