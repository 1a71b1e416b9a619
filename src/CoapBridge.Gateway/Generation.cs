using CoapBridge.Dtls;
using CoapBridge.Relay;

namespace CoapBridge.Gateway;

/// <summary>
/// What a reload can change, all of it at one time: our certificates and key, who may come in, what they may do. Immutable;
/// a reload makes another, and every shard gets it as a message. A handshake keeps the one that it began with.
/// </summary>
public sealed record Generation
{
    /// <summary>Counts up from 1, for the log.</summary>
    public int Number { get; init; } = 1;

    /// <summary>
    /// Our credentials, and the rules for devices' certificates. Only another <see cref="DtlsSettings.Verifier"/> object has live
    /// connections judged again.
    /// </summary>
    public required DtlsSettings Dtls { get; init; }

    /// <summary>Routes and access policy.</summary>
    public required RelaySettings Relay { get; init; }

    /// <summary>How much a device may ask; null: as much as it likes.</summary>
    public RequestLimits? Limits { get; init; }
}
