using System.Net.Security;
using System.Threading.Channels;
using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tools.Broker;

/// <summary>
/// One client's transport: reads and checks its packets, hands them to the owner of the topics as work, and writes what
/// the owner puts into the client's bounded outbox.
/// </summary>
internal sealed class BrokerConnection(SslStream stream, BrokerTopics topics, ChannelWriter<Action> work, CancellationToken stopping)
    : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(1);
    private readonly PacketFramer _framer = new(BrokerTopics.MaximumPacketSize);
    private readonly BrokerClient _client = new();
    private TimeSpan _patience = ConnectTimeout;
    private bool _connected, _ended;

    /// <summary>Returns when the connection has ended, by either side.</summary>
    public async Task ServeAsync()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping, _client.Closed);
        var writing = WriteAsync();
        try
        {
            await ReadAsync(over.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // The silent end of a client; its will, if any, is published below.
        }

        var done = new TaskCompletionSource();
        await work.WriteAsync(() =>
        {
            topics.HandleClosed(_client);
            _client.Complete();
            done.SetResult();
        });
        await done.Task;
        await Task.WhenAny(writing, Task.Delay(LingerTimeout, CancellationToken.None));
    }

    public void Dispose() => _client.Dispose();

    private async Task ReadAsync(CancellationToken over)
    {
        var buffer = new byte[16 * 1024];
        while (!_ended)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(over);
            if (_patience > TimeSpan.Zero)
            {
                silence.CancelAfter(_patience);
            }

            var count = await stream.ReadAsync(buffer, silence.Token);
            if (count == 0)
            {
                return;
            }

            foreach (var next in Split(buffer.AsSpan(0, count)))
            {
                await work.WriteAsync(next, over);
            }
        }
    }

    private List<Action> Split(ReadOnlySpan<byte> input)
    {
        var actions = new List<Action>();
        while (!_ended)
        {
            var result = _framer.TryTake(ref input, out var packet, out var fault);
            if (result == FramingResult.NeedMore)
            {
                break;
            }

            if (result == FramingResult.Fault || !TryTranslate(packet, actions, out fault))
            {
                var reason = fault.Reason;
                _ended = true;
                actions.Add(() => topics.Refuse(_client, reason));
            }
        }

        return actions;
    }

    private bool TryTranslate(in ControlPacket packet, List<Action> actions, out MqttFault fault)
    {
        if (_connected != (packet.Type != PacketType.Connect))
        {
            fault = MqttFault.ProtocolError("[MQTT-3.1.0-1] CONNECT first, and once");
            return false;
        }

        switch (packet.Type)
        {
            case PacketType.Connect:
                return TryConnect(packet, actions, out fault);
            case PacketType.Publish:
                return TryPublish(packet, actions, out fault);
            case PacketType.Puback when AcknowledgementPacket.TryParse(packet.Body, out var puback, out fault):
                actions.Add(() => _client.HandlePuback(puback.PacketIdentifier));
                return true;
            case PacketType.Subscribe when SubscribePacket.TryParse(packet.Body, out var subscribe, out fault):
                actions.Add(() => topics.HandleSubscribe(_client, subscribe));
                return true;
            case PacketType.Unsubscribe when UnsubscribePacket.TryParse(packet.Body, out var unsubscribe, out fault):
                actions.Add(() => topics.HandleUnsubscribe(_client, unsubscribe));
                return true;
            case PacketType.Pingreq when PingPacket.TryParse(packet.Body, out fault):
                actions.Add(() => _client.Send(16, span => PingPacket.TryWrite(span, PacketType.Pingresp, out var length) ? length : 0));
                return true;
            case PacketType.Disconnect when DisconnectPacket.TryParse(packet.Body, out var disconnect, out fault):
                _ended = true;
                actions.Add(() => _client.KeepsWill = disconnect.ReasonCode != MqttReasonCode.Success);
                return true;
            case PacketType.Puback or PacketType.Subscribe or PacketType.Unsubscribe or PacketType.Pingreq or PacketType.Disconnect:
                fault = MqttFault.Malformed("packet");
                return false;
            default:
                fault = MqttFault.ProtocolError("not offered");
                return false;
        }
    }

    private bool TryConnect(in ControlPacket packet, List<Action> actions, out MqttFault fault)
    {
        if (!ConnectPacket.TryParse(packet.Body, out var connect, out fault))
        {
            return false;
        }

        if (connect.AuthenticationMethod is not null)
        {
            fault = new MqttFault(MqttReasonCode.BadAuthenticationMethod, "no AUTH here");
            return false;
        }

        _connected = true;
        // [MQTT-3.1.2-22]: one and a half times the Keep Alive.
        _patience = TimeSpan.FromSeconds(connect.KeepAlive * 1.5);
        actions.Add(() => topics.HandleConnect(_client, connect));
        return true;
    }

    private bool TryPublish(in ControlPacket packet, List<Action> actions, out MqttFault fault)
    {
        if (!PublishPacket.TryParse(packet.Flags, packet.Body, out var publish, out fault))
        {
            return false;
        }

        if (publish.QualityOfService == QualityOfService.ExactlyOnce)
        {
            fault = new MqttFault(MqttReasonCode.QoSNotSupported, "[MQTT-3.2.2-11] above our Maximum QoS");
            return false;
        }

        var (message, identifier) = (publish.ToMessage(), publish.PacketIdentifier);
        actions.Add(() => topics.HandlePublish(_client, message, identifier));
        return true;
    }

    private async Task WriteAsync()
    {
        try
        {
            var reader = _client.Outbox;
            while (await reader.WaitToReadAsync(stopping))
            {
                while (reader.TryRead(out var bytes))
                {
                    await stream.WriteAsync(bytes, stopping);
                }
            }

            await stream.ShutdownAsync();
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            _client.Complete();
        }
    }
}
