namespace CoapBridge.Mqtt;

/// <summary>
/// What happened in <see cref="MqttClientEngine"/>. <see cref="Ticket"/> is set for the three Publish… kinds,
/// <see cref="Reason"/> for PublishAcknowledged, ConnectionRefused and ConnectionClosed, <see cref="End"/> and
/// <see cref="Detail"/> (the broken rule or the server's Reason String; not trustworthy text) for ConnectionClosed and
/// ConnectionRefused.
/// </summary>
public readonly record struct MqttEvent(
    MqttEventKind Kind, ulong Ticket = 0, MqttReasonCode Reason = MqttReasonCode.Success, ConnectionEnd End = default, string? Detail = null);
