using System.Net;
using CoapBridge.Dtls;

namespace CoapBridge.Options;

/// <summary>Section <c>Listen</c>: the DTLS side.</summary>
internal sealed record ListenOptions
{
    /// <summary>Where the gateway listens; port 0 lets the system choose.</summary>
    public required IReadOnlyList<IPEndPoint> Endpoints { get; init; }

    /// <summary>Most preferred first; by their IANA names in the file.</summary>
    public required IReadOnlyList<DtlsCipherSuite> CipherSuites { get; init; }

    public required ExtendedMasterSecretUse ExtendedMasterSecret { get; init; }

    /// <summary>Bytes of the Connection IDs that devices put into their records (RFC 9146); 0 is off, else 4 to 20.</summary>
    public required int ConnectionIdLength { get; init; }

    /// <summary>First retransmission time-out of a flight (RFC 6347 §4.2.4.1).</summary>
    public required TimeSpan InitialTimeout { get; init; }

    public required TimeSpan HandshakeTimeout { get; init; }

    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>Where the connections' secrets are written, for an analyser; null: nowhere, as it should be.</summary>
    public required string? KeyLog { get; init; }

    public required int MaxConnections { get; init; }

    /// <summary>The largest IP packet that the gateway sends, in bytes with its IP and UDP headers.</summary>
    public required int DatagramSize { get; init; }
}
