namespace CoapBridge.Mqtt;

/// <summary>
/// What happened in <see cref="MqttClientEngine"/>. <see cref="Ticket"/> is the caller's for the Publish…, Subscribe…,
/// Unsubscribe… and Ping… kinds; for MessageReceived it is what <see cref="MqttClientEngine.Acknowledge"/> wants, 0 with
/// QoS 0. <see cref="Reason"/> is set for PublishAcknowledged, ConnectionRefused and ConnectionClosed, <see cref="End"/>
/// and <see cref="Detail"/> (the broken rule or the server's Reason String; not trustworthy text) for ConnectionClosed
/// and ConnectionRefused.
/// </summary>
public readonly record struct MqttEvent(
    MqttEventKind Kind,
    ulong Ticket = 0,
    MqttReasonCode Reason = MqttReasonCode.Success,
    ConnectionEnd End = ConnectionEnd.None,
    string? Detail = null)
{
    /// <summary>SubscribeAcknowledged: one for each filter, in the order of the request.</summary>
    public IReadOnlyList<MqttReasonCode>? Reasons { get; init; }

    /// <summary>MessageReceived.</summary>
    public InboundMessage? Message { get; init; }
}
