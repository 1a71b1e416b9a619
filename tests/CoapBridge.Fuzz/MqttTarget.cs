using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz;

/// <summary>
/// The MQTT client and a broker that says anything, in pieces of any size.
/// <code>
/// 0 bytes | 1 (connected anew) | 2 ms*16 (2) | 3 quality (1) (we publish) | 4 (CONNACK) | 5 (CONNACK, session present)
/// 6 (we subscribe) | 7 which (1) (an owner has taken a message)
/// </code>
/// </summary>
internal sealed class MqttTarget : FuzzTarget
{
    private static readonly byte[] Connack = [0x20, 0x03, 0x00, 0x00, 0x00];
    private static readonly byte[] ConnackPresent = [0x20, 0x03, 0x01, 0x00, 0x00];

    private static readonly byte[][] Corpus =
    [
        Connack,
        Convert.FromHexString("201A00001713000512000161210010" + "27000100002201002404" + "00" + "1F0003776879"), // many properties
        Convert.FromHexString("300B0003612F6200" + "686578" + "6121"), // PUBLISH, QoS 0
        Convert.FromHexString("32170003612F620001" + "0B" + "0300016326000161000162" + "7061"), // PUBLISH, QoS 1, properties
        Convert.FromHexString("340A0003612F62000200" + "7061"), // PUBLISH, QoS 2
        Convert.FromHexString("40020001"), // PUBACK
        Convert.FromHexString("4009000197051F00027768"), // PUBACK with a reason
        Convert.FromHexString("50020001"), // PUBREC
        Convert.FromHexString("62020001"), // PUBREL
        Convert.FromHexString("70020001"), // PUBCOMP
        Convert.FromHexString("900400010001"), // SUBACK
        Convert.FromHexString("B00400010000"), // UNSUBACK
        Convert.FromHexString("D000"), // PINGRESP
        Convert.FromHexString("E0028B00"), // DISCONNECT
        Convert.FromHexString("F0020000"), // AUTH
    ];

    private readonly byte[] _buffer = new byte[4096];
    private readonly List<ulong> _held = [];
    private MqttClientEngine _engine = null!;
    private Instant _now;
    private ulong _ticket;
    private int _open;
    private byte[] _last = [];

    public override string Name => "mqtt";

    public override int Steps => 100;

    public override void Begin()
    {
        _now = new Instant(1L << 50);
        _engine = new MqttClientEngine(new MqttClientOptions("fuzz", TimeSpan.FromSeconds(9)) { SessionExpiry = TimeSpan.FromMinutes(9) });
        _held.Clear();
        _ticket = 0;
        _open = 0;
        Reconnect();
    }

    public override byte[] Next(Mutator mutator)
    {
        if (_engine.MustClose || (!_engine.IsConnected && mutator.Chance(30)))
        {
            return _engine.MustClose ? [1] : mutator.Chance(60) ? [4] : [5];
        }

        var one = mutator.Pick(Corpus);
        return mutator.Below(100) switch
        {
            < 12 => [0, .. one],
            < 30 => [0, .. Acknowledge(mutator)],
            < 66 => [0, .. mutator.Mutate(one, mutator.Pick(Corpus))],
            < 74 => [0, .. mutator.Mutate(one, []), .. mutator.Pick(Corpus)],
            < 79 => [0, .. mutator.Noise(50)],
            < 84 => [3, (byte)mutator.Below(256)],
            < 87 => [6],
            < 90 => [7, (byte)mutator.Below(256)],
            < 94 => [2, (byte)mutator.Below(1 << mutator.Below(5)), (byte)mutator.Below(256)],
            < 96 => [1],
            _ => [4],
        };
    }

    public override void Apply(byte[] step)
    {
        switch (step[0])
        {
            case 0:
                // In two pieces, as TCP may have it.
                var bytes = step.AsSpan(1);
                var cut = bytes.Length == 0 ? 0 : bytes[0] % bytes.Length;
                _engine.HandleReceived(_now, bytes[..cut]);
                _engine.HandleReceived(_now, bytes[cut..]);
                break;
            case 1:
                Reconnect();
                break;
            case 2:
                _now += TimeSpan.FromMilliseconds(16 * ((step[1] << 8) | step[2]));
                _engine.HandleTimeout(_now);
                break;
            case 3:
                Publish(step[1]);
                break;
            case 4:
                _engine.HandleReceived(_now, Connack);
                break;
            case 5:
                _engine.HandleReceived(_now, ConnackPresent);
                break;
            case 6:
                if (_engine.MayRequest)
                {
                    _engine.Subscribe(_now, 1, [new("a/b", QualityOfService.AtLeastOnce, true), new("c/#", QualityOfService.ExactlyOnce, false)], 1);
                }

                break;
            case 7:
                if (_held.Count > 0)
                {
                    _engine.Acknowledge(_now, _held[step[1] % _held.Count], step[1] < 200 ? MqttReasonCode.Success : MqttReasonCode.QuotaExceeded);
                    _held.RemoveAt(step[1] % _held.Count);
                }

                break;
        }

        Drain();
    }

    public override void End()
    {
        _engine.HandleDisconnected(_now);
        Drain();
        Require(_engine is { WaitingCount: 0, NextDeadline: null }, "something is left of a connection that is gone");
        Reconnect();
        _engine.HandleReceived(_now, Connack); // and no session
        Drain();
        Require(_engine.IsConnected, "an honest broker is not accepted any more");
        Require(_open == 0, "a publish whose end was not told, or was told twice");
        Require(_engine.InFlightCount == 0, "something is left of a session that is gone");
        Publish(0);
        Drain();

        // The packet is 32 len | 00 0b "devices/d/t" | identifier | no properties.
        _engine.HandleReceived(_now, [0x40, 0x02, _last[15], _last[16]]);
        Drain();
        Require(_open == 0, "an honest PUBACK does not arrive any more");
    }

    private void Reconnect()
    {
        _engine.HandleDisconnected(_now);
        Drain();
        _engine.HandleConnected(_now);
        Drain();
    }

    private void Publish(byte how)
    {
        var message = new ApplicationMessage
        {
            Topic = "devices/d/t",
            Payload = new byte[how],
            QualityOfService = how % 4 == 3 ? QualityOfService.AtMostOnce : how % 8 == 2 ? QualityOfService.ExactlyOnce : QualityOfService.AtLeastOnce,
        };
        _open += _engine.Publish(_now, ++_ticket, message) == PublishOutcome.Accepted ? 1 : 0;
    }

    private byte[] Acknowledge(Mutator mutator) =>
        [(byte)(0x40 + (mutator.Chance(10) ? 16 * mutator.Below(4) : 0)), 3, 0, (byte)(1 + mutator.Below((int)Math.Min(_ticket + 1, 100))), (byte)(mutator.Chance(50) ? 0 : mutator.Below(256))];

    private void Drain()
    {
        for (var count = 0; _engine.TryTakeTransmit(_buffer, out var length); count++)
        {
            Require(count < 10_000, "does not stop sending");
            _last = _buffer[..length];
        }

        while (_engine.TryTakeEvent(out var what))
        {
            // Every accepted publish ends in one event of its own.
            _open -= what.Kind is MqttEventKind.PublishAcknowledged or MqttEventKind.PublishHandedOver or MqttEventKind.PublishLost
                or MqttEventKind.PublishNotSent ? 1 : 0;
            if (what is { Kind: MqttEventKind.MessageReceived, Ticket: > 0 })
            {
                _held.Add(what.Ticket);
            }

            Require(_open >= 0, "an end of nothing");
        }
    }
}
