namespace CoapBridge.Gateway;

/// <summary>
/// How much one connection of a device may ask (key <c>Devices:Limits</c>). Both limits may be exceeded for as long as a burst lasts:
/// <see cref="Burst"/> requests at once, and as many bytes as may come in the time in which these would be allowed.
/// </summary>
/// <param name="MessagesPerSecond">Requests; at least 1.</param>
/// <param name="BytesPerSecond">Bytes of their CoAP messages; at least 1.</param>
/// <param name="Burst">Requests; at least 1.</param>
public sealed record RequestLimits(int MessagesPerSecond, int BytesPerSecond, int Burst)
{
    internal TimeSpan TimePerMessage { get; } = TimeSpan.FromSeconds(1) / MessagesPerSecond;

    /// <summary>How far ahead of its rate a device may be.</summary>
    internal TimeSpan BurstTime { get; } = TimeSpan.FromSeconds((double)Burst / MessagesPerSecond);

    internal TimeSpan TimeFor(int bytes) => TimeSpan.FromSeconds((double)bytes / BytesPerSecond);
}

/// <summary>Which limit a request came up against.</summary>
public enum RequestLimit
{
    None,
    Messages,
    Bytes,
}
