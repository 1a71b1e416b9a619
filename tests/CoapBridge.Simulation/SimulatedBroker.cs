using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Simulation;

/// <summary>
/// A broker that does as it is told: up, away, refusing, silent, slow. It speaks MQTT 5 in bytes, through the packet codec
/// of the Mqtt room. The gateway is its only client; other clients are <see cref="Publish"/>.
/// </summary>
public sealed partial class SimulatedBroker(Agenda agenda)
{
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(1);

    private PacketFramer _framer = new(1 << 20);
    private Action<byte[]>? _deliver;

    /// <summary>Nothing listens at its address.</summary>
    public bool IsAway { get; private set; }

    /// <summary>Takes messages and never says so.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What CONNACK says.</summary>
    public MqttReasonCode Welcome { get; set; }

    /// <summary>What PUBACK says; a message with a failure is not in <see cref="Log"/>.</summary>
    public Func<ApplicationMessage, MqttReasonCode> Judge { get; set; } = _ => MqttReasonCode.Success;

    /// <summary>From PUBLISH to PUBACK.</summary>
    public TimeSpan Slowness { get; set; }

    /// <summary>Every message that it took.</summary>
    public List<ApplicationMessage> Log { get; } = [];

    /// <summary>How many connections it has had.</summary>
    public int Connections { get; private set; }

    /// <summary>The last one ended with a DISCONNECT of the gateway.</summary>
    public bool HeardDisconnect { get; private set; }

    /// <summary>Something broke the rules of MQTT.</summary>
    public string? Complaint { get; private set; }

    /// <summary>Called when the broker's side ends the connection.</summary>
    public Action Closed { get; set; } = () => { };

    public void GoAway()
    {
        IsAway = true;
        Drop();
    }

    public void ComeBack() => IsAway = false;

    /// <summary>Ends the connection without a word.</summary>
    public void Drop()
    {
        if (_deliver is not null)
        {
            Close();
            Closed();
        }
    }

    /// <summary>A transport is there.</summary>
    public void Open(Action<byte[]> deliver)
    {
        _framer = new PacketFramer(1 << 20);
        _deliver = deliver;
        HeardDisconnect = false;
        Connections++;
    }

    /// <summary>The gateway closed it.</summary>
    public void Close()
    {
        _deliver = null;
        _isAccepted = false;
    }

    public void HandleReceived(ReadOnlySpan<byte> bytes)
    {
        MqttFault fault = default;
        while (_deliver is not null)
        {
            switch (_framer.TryTake(ref bytes, out var packet, out fault))
            {
                case FramingResult.NeedMore:
                    return;
                case FramingResult.Packet when Handle(packet, out fault):
                    break;
                default:
                    Complaint = fault.Rule;
                    Drop();
                    return;
            }
        }
    }

    private bool Handle(in ControlPacket packet, out MqttFault fault)
    {
        fault = default;
        switch (packet.Type)
        {
            case PacketType.Connect:
                return HandleConnect(packet, out fault);
            case PacketType.Publish:
                return HandlePublish(packet, out fault);
            case PacketType.Puback:
                return HandlePuback(packet, out fault);
            case PacketType.Subscribe:
                return HandleSubscribe(packet, out fault);
            case PacketType.Unsubscribe:
                return HandleUnsubscribe(packet, out fault);
            case PacketType.Pingreq:
                Send(TimeSpan.Zero, (Span<byte> room, out int length) => PingPacket.TryWrite(room, PacketType.Pingresp, out length));
                return PingPacket.TryParse(packet.Body, out fault);
            case PacketType.Disconnect:
                HeardDisconnect = true;
                return true;
            default:
                fault = MqttFault.ProtocolError($"unexpected {packet.Type}");
                return false;
        }
    }

    private bool HandlePublish(in ControlPacket packet, out MqttFault fault)
    {
        if (!PublishPacket.TryParse(packet.Flags, packet.Body, out var publish, out fault))
        {
            return false;
        }

        var message = publish.ToMessage();
        var reason = Judge(message);
        if (publish.QualityOfService == QualityOfService.AtLeastOnce && !IsSilent)
        {
            var puback = new AcknowledgementPacket(publish.PacketIdentifier, reason);
            Send(Slowness, (Span<byte> room, out int length) => puback.TryWrite(room, PacketType.Puback, out length));
        }

        if (!reason.IsFailure())
        {
            Log.Add(message);
            Publish(message);
        }

        return true;
    }

    private void Send(TimeSpan delay, PacketText write, int size = 256)
    {
        var room = new byte[size];
        if (!write(room, out var length))
        {
            throw new InvalidOperationException("a packet could not be written");
        }

        var to = _deliver;
        agenda.In(delay + OneWay, () =>
        {
            if (ReferenceEquals(to, _deliver))
            {
                to?.Invoke(room[..length]);
            }
        });
    }

    private delegate bool PacketText(Span<byte> destination, out int length);
}
