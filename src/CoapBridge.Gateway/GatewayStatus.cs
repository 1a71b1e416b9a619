using CoapBridge.Mqtt;

namespace CoapBridge.Gateway;

/// <summary>Whether the gateway is there, for the cloud: retained at <c>gateways/{ClientId}/status</c>, or below what <c>Topics:Gateway</c> says (PRODUCT.md, "Operating it").</summary>
public static class GatewayStatus
{
    /// <summary>For the link's options: the broker says "offline" when we are gone for 10 s, or have left.</summary>
    /// <param name="options">The link's.</param>
    /// <param name="gatewayTopic">The levels above <c>status</c>; null: the cloud is told nothing.</param>
    public static MqttClientOptions WithStatus(MqttClientOptions options, string? gatewayTopic) => gatewayTopic is null ? options
        : options with { Will = Message($"{gatewayTopic}/status", "offline"u8), WillDelay = TimeSpan.FromSeconds(10) };

    /// <summary>What undoes the will.</summary>
    internal static ApplicationMessage Online(string topic) => Message(topic, "online"u8);

    private static ApplicationMessage Message(string topic, ReadOnlySpan<byte> text) => new()
    {
        Topic = topic,
        Payload = text.ToArray(),
        QualityOfService = QualityOfService.AtLeastOnce,
        Retain = true,
        PayloadIsUtf8 = true,
        ContentType = "text/plain",
    };
}
