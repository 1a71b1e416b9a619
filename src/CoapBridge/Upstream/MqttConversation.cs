using CoapBridge.Mqtt;
using CoapBridge.Network;

namespace CoapBridge.Upstream;

/// <summary>A few words of MQTT over a connection that is there, one after the other: for who has one question, and no owners.</summary>
internal sealed class MqttConversation
{
    private readonly BrokerConnection _connection;
    private readonly byte[] _buffer = new byte[4_096];

    public MqttConversation(BrokerConnection connection, MqttClientOptions options)
    {
        _connection = connection;
        Engine = new MqttClientEngine(options);
        Engine.HandleConnected(Clock.Now, connection.UserName);
    }

    /// <summary>What is said to it goes out with <see cref="NextAsync"/>.</summary>
    public MqttClientEngine Engine { get; }

    /// <summary>What comes next of the broker; the end of the connection is the last.</summary>
    /// <exception cref="IOException">The connection was lost.</exception>
    public async Task<MqttEvent> NextAsync(CancellationToken stop)
    {
        MqttEvent what;
        while (!Engine.TryTakeEvent(out what))
        {
            await WriteAsync(stop).ConfigureAwait(false);
            var length = await _connection.Stream.ReadAsync(_buffer, stop).ConfigureAwait(false);
            if (length == 0)
            {
                Engine.HandleDisconnected(Clock.Now);
            }
            else
            {
                Engine.HandleReceived(Clock.Now, _buffer.AsSpan(0, length));
            }
        }

        return what;
    }

    /// <summary>DISCONNECT, if the broker has let us in.</summary>
    public async Task LeaveAsync(CancellationToken stop)
    {
        if (Engine.IsConnected)
        {
            Engine.Disconnect(Clock.Now, MqttReasonCode.Success);
            await WriteAsync(stop).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(CancellationToken stop)
    {
        while (Engine.TryTakeTransmit(_buffer, out var length))
        {
            await _connection.Stream.WriteAsync(_buffer.AsMemory(0, length), stop).ConfigureAwait(false);
        }

        await _connection.Stream.FlushAsync(stop).ConfigureAwait(false);
    }
}
