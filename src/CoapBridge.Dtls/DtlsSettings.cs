using System.Security.Cryptography;
using CoapBridge.Dtls.Records;

namespace CoapBridge.Dtls;

/// <summary>What all connections of one side share. Immutable.</summary>
public sealed record DtlsSettings
{
    /// <summary>Our own certificate and key.</summary>
    public required DtlsCredentials Credentials { get; init; }

    /// <summary>Judges the peer's certificates.</summary>
    public required IPeerVerifier Verifier { get; init; }

    /// <summary>The names (DER) that a CertificateRequest lists (RFC 5246 §7.4.4).</summary>
    public IReadOnlyList<byte[]> CertificateAuthorities { get; init; } = [];

    /// <summary>In order of preference; at least one.</summary>
    public IReadOnlyList<DtlsCipherSuite> CipherSuites { get; init; } = [DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8];

    /// <summary>Refuse a peer without extended master secret (RFC 7627); otherwise it is used whenever offered.</summary>
    public bool RequireExtendedMasterSecret { get; init; }

    /// <summary>
    /// As a server: give sessions to be kept, and ask for them (<see cref="Sessions.SessionLookup"/>) when a client wants to resume
    /// one. Only with extended master secret (DESIGN D-14).
    /// </summary>
    public bool ResumesSessions { get; init; }

    /// <summary>Our client offers return-routability along with a Connection ID (RFC 9853 §3); a server answers it always.</summary>
    public bool OffersReturnRoutability { get; init; }

    /// <summary>Tell each connection's secret as <see cref="DtlsEvent.SecretDerived"/>: whoever reads it reads the traffic.</summary>
    public bool TellsSecrets { get; init; }

    /// <summary>The first retransmission time-out (RFC 6347 §4.2.4.1).</summary>
    public TimeSpan InitialTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The whole handshake's deadline.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>A connection without a record for so long is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Payload bytes of one UDP datagram at most, 256 to 16,384; 1232 fits the IPv6 minimum of 1,280.</summary>
    public int MaximumDatagram
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 256);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, RecordHeader.MaximumPlaintext);
            field = value;
        }
    }
    = 1232;

    /// <summary>Makes an ephemeral secp256r1 key; called on work threads. Null, the usual case: the cheapest library here makes it.</summary>
    public Func<ECDiffieHellman>? CreateEphemeralKey { get; init; }
}
