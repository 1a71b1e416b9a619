using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;

namespace CoapBridge.Check;

/// <summary>One QoS 1 message to the broker over a connection that is there, with Clean Start, and DISCONNECT.</summary>
internal sealed class BrokerRoundTrip(BrokerConnection connection, MqttOptions options, string topic)
{
    private readonly MqttClientEngine _engine = new(new MqttClientOptions(ClientOf(options.ClientId), TimeSpan.FromSeconds(60)) { Version = options.Version });
    private readonly byte[] _buffer = new byte[4_096];

    /// <summary>Another one than the gateway's own, which it would throw out.</summary>
    public static string ClientOf(string clientId) => $"{clientId}-check";

    /// <summary>What became of the message, or of the connection if that ended first.</summary>
    public async Task<MqttEvent> RunAsync(CancellationToken stop)
    {
        _engine.HandleConnected(Clock.Now, connection.UserName);
        while (true)
        {
            while (_engine.TryTakeEvent(out var what))
            {
                if (what.Kind != MqttEventKind.ConnectionAccepted)
                {
                    await LeaveAsync(stop).ConfigureAwait(false);
                    return what;
                }

                var message = new ApplicationMessage { Topic = topic, Payload = "check"u8.ToArray(), QualityOfService = QualityOfService.AtLeastOnce };
                _engine.Publish(Clock.Now, 1, message);
            }

            await WriteAsync(stop).ConfigureAwait(false);
            var length = await connection.Stream.ReadAsync(_buffer, stop).ConfigureAwait(false);
            if (length == 0)
            {
                _engine.HandleDisconnected(Clock.Now);
            }
            else
            {
                _engine.HandleReceived(Clock.Now, _buffer.AsSpan(0, length));
            }
        }
    }

    private async Task LeaveAsync(CancellationToken stop)
    {
        if (_engine.IsConnected)
        {
            _engine.Disconnect(Clock.Now, MqttReasonCode.Success);
            await WriteAsync(stop).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(CancellationToken stop)
    {
        while (_engine.TryTakeTransmit(_buffer, out var length))
        {
            await connection.Stream.WriteAsync(_buffer.AsMemory(0, length), stop).ConfigureAwait(false);
        }

        await connection.Stream.FlushAsync(stop).ConfigureAwait(false);
    }
}
