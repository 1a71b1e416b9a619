using System.Threading.Channels;
using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;
using CoapBridge.Mqtt.Session;

namespace CoapBridge.Tools.Broker;

/// <summary>What the broker knows of one connected client. Only the owner of the topics touches it, but for the outbox's reader.</summary>
internal sealed class BrokerClient : IDisposable
{
    private const int OutboxPackets = 4096;
    private const int WaitingMessages = 4096;
    private readonly Channel<byte[]> _outbox = Channel.CreateBounded<byte[]>(OutboxPackets);
    private readonly CancellationTokenSource _closed = new();
    private readonly InFlightWindow _inFlight = new(new PacketIdentifiers());
    private readonly Queue<OutgoingPublish> _waiting = new();
    private uint _maximumPacketSize = uint.MaxValue;

    public string Identifier { get; set; } = "";

    public Dictionary<string, Subscription> Subscriptions { get; } = [];

    public ApplicationMessage? Will { get; private set; }

    /// <summary>The will is published at the end; a DISCONNECT with 0x00 takes it away [MQTT-3.1.2-10].</summary>
    public bool KeepsWill { get; set; } = true;

    public ChannelReader<byte[]> Outbox => _outbox.Reader;

    /// <summary>Cancelled when the broker gives this client up.</summary>
    public CancellationToken Closed => _closed.Token;

    public void HandleConnect(ConnectPacket connect)
    {
        Will = connect.Will;
        _maximumPacketSize = connect.MaximumPacketSize ?? uint.MaxValue;
        _inFlight.Open(connect.ReceiveMaximum);
    }

    /// <summary>Sends now, or when the client's Receive Maximum lets it; too much waiting closes the client.</summary>
    public void Deliver(ApplicationMessage message)
    {
        var size = PublishPacket.Measure(message);
        if (size > _maximumPacketSize || size > BrokerTopics.MaximumPacketSize * 2)
        {
            return;
        }

        if (message.QualityOfService == QualityOfService.AtMostOnce)
        {
            SendPublish(message, 0, (int)size);
            return;
        }

        if (_waiting.Count >= WaitingMessages)
        {
            Close(MqttReasonCode.QuotaExceeded);
            return;
        }

        _waiting.Enqueue(new OutgoingPublish(0, message, (int)size));
        SendWaiting();
    }

    public void HandlePuback(ushort identifier)
    {
        if (_inFlight.TryFind(identifier, out var publish))
        {
            _inFlight.Remove(publish);
        }

        SendWaiting();
    }

    /// <summary>Puts one packet, written by <paramref name="write"/> (0: failed), into the outbox; a full one closes the client.</summary>
    public void Send(int room, Func<byte[], int> write)
    {
        var bytes = new byte[room];
        var length = write(bytes);
        if (length == 0 || !_outbox.Writer.TryWrite(bytes[..length]))
        {
            Complete();
            _closed.Cancel();
        }
    }

    /// <summary>Says DISCONNECT and ends.</summary>
    public void Close(MqttReasonCode reason)
    {
        Send(16, span => new DisconnectPacket(reason).TryWrite(span, out var length) ? length : 0);
        Complete();
        _closed.Cancel();
    }

    /// <summary>Nothing more will be written.</summary>
    public void Complete() => _outbox.Writer.TryComplete();

    public void Dispose() => _closed.Dispose();

    private void SendWaiting()
    {
        while (!_inFlight.IsFull && _waiting.TryDequeue(out var publish))
        {
            _inFlight.Add(default, publish);
            SendPublish(publish.Message, publish.Identifier, publish.Size);
        }
    }

    private void SendPublish(ApplicationMessage message, ushort identifier, int size) =>
        Send(size + PacketWriter.Slack, span => PublishPacket.TryWrite(span, message, identifier, duplicate: false, out var length) ? length : 0);
}
