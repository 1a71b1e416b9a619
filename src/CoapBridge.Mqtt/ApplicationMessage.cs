namespace CoapBridge.Mqtt;

/// <summary>
/// An Application Message: what a PUBLISH carries (MQTT 5 §3.3). It owns its payload; nobody may write to that memory
/// after the message was made.
/// </summary>
public sealed record ApplicationMessage
{
    /// <summary>The Topic Name, 1 to 65,535 bytes of UTF-8, no wildcards.</summary>
    public required string Topic { get; init; }

    public ReadOnlyMemory<byte> Payload { get; init; }

    public QualityOfService QualityOfService { get; init; }

    public bool Retain { get; init; }

    /// <summary>Message Expiry Interval in seconds; null: never (MQTT 5 §3.3.2.3.3).</summary>
    public uint? MessageExpiryInterval { get; init; }

    public string? ContentType { get; init; }

    /// <summary>Payload Format Indicator 1 (MQTT 5 §3.3.2.3.2): the payload is well-formed UTF-8.</summary>
    public bool PayloadIsUtf8 { get; init; }

    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>Where an answer is expected (MQTT 5 §3.3.2.3.5); the rules of a Topic Name.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>At most 65,535 bytes (MQTT 5 §3.3.2.3.6).</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }
}
