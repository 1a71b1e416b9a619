namespace CoapBridge.Coap;

/// <summary>
/// The transmission parameters of RFC 7252 §4.8 and the times that §4.8.2 derives from them. NSTART is not among them:
/// it is always 1.
/// </summary>
public sealed record TransmissionParameters
{
    /// <summary>The values of RFC 7252 §4.8, Table 2.</summary>
    public static TransmissionParameters Default { get; } = new();

    /// <summary>ACK_TIMEOUT, RFC 7252 §4.8.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>ACK_RANDOM_FACTOR, at least 1; RFC 7252 §4.8.</summary>
    public double AckRandomFactor { get; init; } = 1.5;

    /// <summary>MAX_RETRANSMIT, RFC 7252 §4.8.</summary>
    public int MaxRetransmit { get; init; } = 4;

    /// <summary>MAX_LATENCY, RFC 7252 §4.8.2.</summary>
    public TimeSpan MaxLatency { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>PROCESSING_DELAY, RFC 7252 §4.8.2: how long a node may take to acknowledge.</summary>
    public TimeSpan ProcessingDelay => AckTimeout;

    /// <summary>MAX_TRANSMIT_SPAN, RFC 7252 §4.8.2: from the first transmission of a CON to its last; 45 s.</summary>
    public TimeSpan MaxTransmitSpan => AckTimeout * (((1 << MaxRetransmit) - 1) * AckRandomFactor);

    /// <summary>MAX_TRANSMIT_WAIT, RFC 7252 §4.8.2: from the first transmission of a CON until its sender gives up; 93 s.</summary>
    public TimeSpan MaxTransmitWait => AckTimeout * (((2 << MaxRetransmit) - 1) * AckRandomFactor);

    /// <summary>MAX_RTT, RFC 7252 §4.8.2; 202 s.</summary>
    public TimeSpan MaxRtt => (2 * MaxLatency) + ProcessingDelay;

    /// <summary>EXCHANGE_LIFETIME, RFC 7252 §4.8.2: how long the Message ID of a CON must be remembered; 247 s.</summary>
    public TimeSpan ExchangeLifetime => MaxTransmitSpan + MaxRtt;

    /// <summary>NON_LIFETIME, RFC 7252 §4.8.2: how long the Message ID of a NON must be remembered; 145 s.</summary>
    public TimeSpan NonLifetime => MaxTransmitSpan + MaxLatency;
}
