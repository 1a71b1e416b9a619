using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>How the broker link stands.</summary>
public enum UpstreamState : byte
{
    /// <summary>No connection yet, or none any more.</summary>
    Away,

    /// <summary>CONNACK was a success: messages may go.</summary>
    Connected,

    /// <summary>The broker said no: in TLS, or by its CONNACK.</summary>
    Refused,
}

/// <summary>The broker link's state, told to every shard at each change.</summary>
/// <param name="State">How it stands.</param>
/// <param name="NextAttempt">When the link tries again; null while connected or trying.</param>
/// <param name="Reason">CONNACK's reason code; meaningful with <see cref="UpstreamState.Refused"/>, and Success if it was TLS.</param>
public readonly record struct UpstreamStatus(
    UpstreamState State, Instant? NextAttempt = null, MqttReasonCode Reason = MqttReasonCode.Success)
{
    /// <summary>Nothing is wrong with the gateway itself (PRODUCT.md): not refused, or only for now.</summary>
    public bool PassesByItself => State != UpstreamState.Refused || Reason
        is MqttReasonCode.ServerUnavailable or MqttReasonCode.ServerBusy
        or MqttReasonCode.QuotaExceeded or MqttReasonCode.ConnectionRateExceeded;
}
