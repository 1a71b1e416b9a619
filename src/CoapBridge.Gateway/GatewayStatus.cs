using CoapBridge.Mqtt;

namespace CoapBridge.Gateway;

/// <summary>Whether the gateway is there, for the cloud: retained at <c>gateways/{ClientId}/status</c> (PRODUCT.md, "Operating it").</summary>
public static class GatewayStatus
{
    /// <summary>For the link's options: the broker says "offline" when we are gone for 10 s, or have left.</summary>
    public static MqttClientOptions WithStatus(MqttClientOptions options) =>
        options with { Will = Message(options.ClientId, "offline"u8), WillDelay = TimeSpan.FromSeconds(10) };

    /// <summary>What undoes the will.</summary>
    internal static ApplicationMessage Online(string clientId) => Message(clientId, "online"u8);

    private static ApplicationMessage Message(string clientId, ReadOnlySpan<byte> text) => new()
    {
        Topic = $"gateways/{clientId}/status",
        Payload = text.ToArray(),
        QualityOfService = QualityOfService.AtLeastOnce,
        Retain = true,
        PayloadIsUtf8 = true,
        ContentType = "text/plain",
    };
}
