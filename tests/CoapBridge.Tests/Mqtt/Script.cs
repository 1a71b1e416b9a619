using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Mqtt;

/// <summary>The engine against a scripted server, in virtual time that begins at an odd instant.</summary>
internal sealed class Script
{
    private readonly List<byte> _sent = [];

    public Script(string clientId = "gateway-1", double keepAlive = 60, double session = 0, ApplicationMessage? will = null, MqttVersion version = MqttVersion.Mqtt5,
        params string[] serverTopics) =>
        Engine = new MqttClientEngine(new MqttClientOptions(clientId, TimeSpan.FromSeconds(keepAlive))
        {
            SessionExpiry = TimeSpan.FromSeconds(session), Will = will, Version = version, ServerTopics = serverTopics,
        });

    public MqttClientEngine Engine { get; }

    public ConnectPacket LastConnect { get; private set; } = new() { ClientIdentifier = "" };

    public Instant Now { get; private set; } = new(987_654_321_987);

    public static ApplicationMessage Message(QualityOfService quality = QualityOfService.AtLeastOnce, int size = 4) =>
        new() { Topic = "devices/d/t", Payload = new byte[size], QualityOfService = quality };

    /// <summary>Connected, with the CONNECT read and the acceptance event taken.</summary>
    public Script Accepted(ConnackPacket? connack = null)
    {
        Assert.Equal(MqttEventKind.ConnectionAccepted, Assert.Single(Connect(connack)).Kind);
        return this;
    }

    /// <summary>Connected anew; what happened at the CONNACK.</summary>
    public List<MqttEvent> Connect(ConnackPacket? connack = null)
    {
        Engine.HandleConnected(Now);
        Events();
        var connect = Assert.Single(Sent());
        Assert.True(ConnectPacket.TryParse(connect.Body, out var read, out _));
        LastConnect = read;
        Receive(Codec.Write((connack ?? new ConnackPacket()).TryWrite));
        return Events();
    }

    public void Receive(params byte[] bytes) => Engine.HandleReceived(Now, bytes);

    public void Receive(string hex) => Receive(Convert.FromHexString(hex));

    public PublishOutcome Publish(ulong ticket, ApplicationMessage? message = null) => Engine.Publish(Now, ticket, message ?? Message());

    /// <summary>Lets time pass, stopping at each deadline.</summary>
    public void Advance(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        while (Engine.NextDeadline is { } deadline && deadline <= end)
        {
            Now = deadline > Now ? deadline : Now;
            var before = Engine.NextDeadline;
            Engine.HandleTimeout(Now);
            Assert.NotEqual(before, Engine.NextDeadline);
        }

        Now = end;
    }

    /// <summary>What the engine has sent since the last call, whole packets.</summary>
    public List<(PacketType Type, byte Flags, byte[] Body)> Sent()
    {
        var buffer = new byte[1000];
        while (Engine.TryTakeTransmit(buffer, out var length))
        {
            _sent.AddRange(buffer[..length]);
        }

        var packets = new List<(PacketType, byte, byte[])>();
        ReadOnlySpan<byte> stream = _sent.ToArray();
        var framer = new PacketFramer(1 << 26);
        while (framer.TryTake(ref stream, out var packet, out _) == FramingResult.Packet)
        {
            packets.Add((packet.Type, packet.Flags, packet.Body.ToArray()));
        }

        Assert.True(stream.IsEmpty);
        _sent.Clear();
        return packets;
    }

    /// <summary>The packet identifiers of the PUBLISH packets sent since the last call.</summary>
    public List<ushort> SentIdentifiers() => [.. Sent().Where(packet => packet.Type == PacketType.Publish).Select(packet =>
    {
        Assert.True(PublishPacket.TryParse(packet.Flags, packet.Body, out var publish, out _));
        return publish.PacketIdentifier;
    })];

    public List<MqttEvent> Events()
    {
        var events = new List<MqttEvent>();
        while (Engine.TryTakeEvent(out var what))
        {
            events.Add(what);
        }

        return events;
    }

    /// <summary>The connection must have ended with this, and nothing else be open.</summary>
    public MqttEvent AssertEnded(ConnectionEnd end, MqttReasonCode reason = MqttReasonCode.Success)
    {
        var last = Events()[^1];
        Assert.Equal((end, reason), (last.End, last.Reason));
        Assert.True(Engine.MustClose);
        Assert.Null(Engine.NextDeadline);
        return last;
    }
}
