using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Dtls;

/// <summary>What an <see cref="IPeerVerifier"/> decided about a certificate chain.</summary>
public sealed class PeerVerdict
{
    private PeerVerdict()
    {
    }

    public bool IsAccepted { get; private init; }

    /// <summary>The leaf's secp256r1 key, 65 bytes uncompressed; null when it has none. Needed also with a refusal: an answer that depends on the certificate is given only to who holds its key.</summary>
    public byte[]? PublicKeyPoint { get; private init; }

    /// <summary>Whatever the verifier wants to find again at the connection.</summary>
    public object? Identity { get; private init; }

    /// <summary>By what it was judged; only the verifier that set it knows what that is.</summary>
    public object? Rules { get; private init; }

    /// <summary>The time of day that it was judged for.</summary>
    public DateTimeOffset Time { get; private init; }

    /// <summary>The alert of a refusal.</summary>
    public AlertDescription Alert { get; private init; }

    /// <summary>The word of a refusal (PRODUCT.md, "Handshake refusals").</summary>
    public string Reason { get; private init; } = "accepted";

    /// <summary>The leaf's subject, for the log.</summary>
    public string? Subject { get; private init; }

    /// <summary>The leaf's issuer, for the log.</summary>
    public string? Issuer { get; private init; }

    /// <summary>A sentence for the log: why a peer was refused, or what is doubtful about one that was accepted, mostly nothing.</summary>
    public string? Detail { get; private init; }

    /// <param name="publicKeyPoint">65 bytes: without a key there is no proof, so nothing to accept.</param>
    /// <param name="identity">See <see cref="Identity"/>.</param>
    /// <param name="subject">See <see cref="Subject"/>.</param>
    /// <param name="issuer">See <see cref="Issuer"/>.</param>
    /// <param name="rules">See <see cref="Rules"/>.</param>
    /// <param name="time">See <see cref="Time"/>.</param>
    /// <param name="detail">See <see cref="Detail"/>.</param>
    public static PeerVerdict Accept(
        byte[] publicKeyPoint, object identity, string subject, string issuer, object? rules = null, DateTimeOffset time = default, string? detail = null)
    {
        ArgumentNullException.ThrowIfNull(publicKeyPoint);
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKeyPoint.Length, P256Point.Length);
        return new PeerVerdict
        {
            IsAccepted = true, PublicKeyPoint = publicKeyPoint, Identity = identity, Subject = subject, Issuer = issuer,
            Rules = rules, Time = time, Detail = detail,
        };
    }

    public static PeerVerdict Refuse(
        AlertDescription alert, string reason, byte[]? publicKeyPoint, string? subject, string? issuer, string? detail = null) => new()
    {
        Alert = alert, Reason = reason, PublicKeyPoint = publicKeyPoint, Subject = subject, Issuer = issuer, Detail = detail,
    };
}
