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
            case PacketType.Pubrec:
                return TryHandlePubrec(now, packet, out fault);
            case PacketType.Pubrel:
                return TryHandlePubrel(now, packet, out fault);
            case PacketType.Pubcomp:
                return TryHandlePubcomp(packet, out fault);
            case PacketType.Suback or PacketType.Unsuback:
                return TryHandleRequestAnswer(packet, out fault);
            case PacketType.Pingresp:
                return TryHandlePingresp(now, packet, out fault);
            case PacketType.Disconnect when IsMqtt5:
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

        if (!ConnackPacket.TryParse(packet.Body, out var connack, out fault, _options.Version))
        {
            return false;
        }

        if (connack.ReasonCode.IsFailure())
        {
            ReduceWill(connack.ReasonCode);
            End(new MqttEvent(MqttEventKind.ConnectionRefused, 0, connack.ReasonCode, ConnectionEnd.Refused, connack.ReasonString));
            return true;
        }

        if (connack.SessionPresent && !_hasSession && !MayBeKept)
        {
            fault = MqttFault.ProtocolError("[MQTT-3.2.2-4] session present without a session");
            return false;
        }

        if (!connack.SessionPresent)
        {
            ForgetSession(); // [MQTT-3.2.2-5]
        }

        _server = connack;
        ClientId = _options.ClientId.Length > 0 ? _options.ClientId : connack.AssignedClientIdentifier ?? "";
        _phase = Phase.Connected;
        _hasSession = (connack.SessionExpiryInterval ?? (uint)_options.SessionExpiry.TotalSeconds) > 0;
        _inFlight.Open(connack.ReceiveMaximum);
        _outgoingAliases.Open(connack.TopicAliasMaximum);
        // [MQTT-3.2.2-21]: the server's Keep Alive wins.
        _keepAlive.Start(now, connack.ServerKeepAlive is { } seconds ? TimeSpan.FromSeconds(seconds) : _options.KeepAlive);
        _events.Enqueue(new MqttEvent(MqttEventKind.ConnectionAccepted));
        return true;
    }

    private bool TryHandlePingresp(Instant now, in ControlPacket packet, out MqttFault fault)
    {
        if (!PingPacket.TryParse(packet.Body, out fault))
        {
            return false;
        }

        if (_keepAlive.NotePingResponse(now) is > 0 and var ticket)
        {
            _events.Enqueue(new MqttEvent(MqttEventKind.PingAnswered, ticket));
        }

        return true;
    }

    /// <summary>A server that cannot retain the will, or not with its QoS, refuses the CONNECT [MQTT-3.2.2-12, MQTT-3.2.2-13]; the next one asks for less.</summary>
    private void ReduceWill(MqttReasonCode reason) => _will = reason switch
    {
        MqttReasonCode.RetainNotSupported when _will is not null => _will with { Retain = false },
        MqttReasonCode.QoSNotSupported when _will is not null => _will with { QualityOfService = QualityOfService.AtMostOnce },
        _ => _will,
    };

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

    /// <summary>What a server may never send, or not to us: we use no AUTH.</summary>
    private static bool Refuse(in ControlPacket packet, out MqttFault fault)
    {
        fault = default;
        if (packet.Type != PacketType.Auth || AuthPacket.TryParse(packet.Body, out _, out fault))
        {
            fault = MqttFault.ProtocolError($"unexpected {packet.Type}");
        }

        return false;
    }
}
