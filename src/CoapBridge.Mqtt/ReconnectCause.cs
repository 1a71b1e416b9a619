namespace CoapBridge.Mqtt;

/// <summary>Why the next connection attempt is needed; it sets the cap of the waiting time.</summary>
public enum ReconnectCause
{
    /// <summary>Refused, unreachable, timed out or lost: at most 5 s.</summary>
    Unreachable,

    /// <summary>TLS or CONNACK refused us: at most 60 s.</summary>
    Refused,

    /// <summary>We refuse the broker, whose certificate is not the one we want: at most 60 s.</summary>
    Untrusted,

    /// <summary>Another client took our session over (0x8E): at most 300 s.</summary>
    TakenOver,
}
