using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Upstream;

namespace CoapBridge.Check;

/// <summary>One QoS 1 message to the broker over a connection that is there, with Clean Start, and DISCONNECT.</summary>
internal sealed class BrokerRoundTrip(BrokerConnection connection, MqttOptions options, string topic)
{
    private readonly MqttConversation _broker = new(
        connection, new MqttClientOptions(ClientOf(options.ClientId), TimeSpan.FromSeconds(60)) { Version = options.Version });

    /// <summary>Another one than the gateway's own, which it would throw out.</summary>
    public static string ClientOf(string clientId) => $"{clientId}-check";

    /// <summary>What became of the message, or of the connection if that ended first.</summary>
    public async Task<MqttEvent> RunAsync(CancellationToken stop)
    {
        var what = await _broker.NextAsync(stop).ConfigureAwait(false);
        if (what.Kind == MqttEventKind.ConnectionAccepted)
        {
            _broker.Engine.Publish(
                Clock.Now, 1, new ApplicationMessage { Topic = topic, Payload = "check"u8.ToArray(), QualityOfService = QualityOfService.AtLeastOnce });
            what = await _broker.NextAsync(stop).ConfigureAwait(false);
        }

        await _broker.LeaveAsync(stop).ConfigureAwait(false);
        return what;
    }
}
