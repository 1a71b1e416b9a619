using CoapBridge.Identity;

namespace CoapBridge.Tests.Identity.Table;

/// <summary>One row: what a device sends, and what becomes of it.</summary>
/// <param name="Name">Unlike all others.</param>
/// <param name="Chain">The certificate_list, leaf first.</param>
internal sealed record CertificateCase(string Name, byte[][] Chain)
{
    /// <summary>Who is let in; null when refused.</summary>
    public string? Device { get; init; }

    public RefusalReason? Reason { get; init; }

    /// <summary>The alert that the device sees; 0 when let in.</summary>
    public int Alert { get; init; }

    public Setting Setting { get; init; }

    /// <summary>Null: X509Chain says the same. Otherwise why it says the opposite.</summary>
    public string? Platform { get; init; }

    /// <summary>Null: openssl sends this chain as it is. Otherwise why it cannot; our own client then does.</summary>
    public string? NotByOpenSsl { get; init; }

    /// <summary>What a handshake ends with where that is not what the policy says, and why; mostly null.</summary>
    public (RefusalReason Reason, int Alert, string Why)? Handshake { get; init; }

    /// <summary>The private key, where it is not that of all others.</summary>
    public byte[]? Pkcs8 { get; init; }

    /// <summary>The time of the question, where it is not now; such a row is asked of the policy only.</summary>
    public DateTimeOffset? Time { get; init; }
}
