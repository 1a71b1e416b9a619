using CoapBridge.Dtls;

namespace CoapBridge.Tools.Device;

/// <summary>What a gateway's alert means for who owns the device (the gateway's log line names the exact reason).</summary>
public static class AlertMeaning
{
    /// <summary>The name of RFC 5246 §7.2: <c>unsupported_certificate</c>.</summary>
    public static string NameOf(AlertDescription alert) =>
        string.Concat($"{alert}".Select((c, i) => char.IsAsciiLetterUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    /// <summary>A sentence about what to look at.</summary>
    public static string Of(AlertDescription alert) => alert switch
    {
        AlertDescription.CloseNotify => "the gateway closed the connection; it may be stopping, so try again later",
        AlertDescription.HandshakeFailure =>
            "no common ground: the gateway wants a client certificate and TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 on curve secp256r1",
        AlertDescription.BadCertificate =>
            "the gateway cannot follow the certificate: damaged, an intermediate is missing or wrong, or it has an unknown critical extension",
        AlertDescription.UnsupportedCertificate =>
            "the gateway wants keyUsage digitalSignature, a P-256 key, a signature by ecdsa-with-SHA256, clientAuth if there is an extendedKeyUsage, and no CA",
        AlertDescription.CertificateRevoked => "the CA has revoked the certificate; the device needs a new one",
        AlertDescription.CertificateExpired => "the certificate is expired or not yet valid; compare its dates with the gateway's clock",
        AlertDescription.CertificateUnknown => "the gateway could not judge the certificate",
        AlertDescription.UnknownCa => "the certificate does not end in the CA that the gateway has as Identity:CloudCa; is it of another CA?",
        AlertDescription.AccessDenied => "the certificate is good, but its name is not let in: not a device name, reserved, denied, or not on the list",
        AlertDescription.DecryptError => "the handshake's signature or Finished is wrong: does the key belong to the certificate?",
        AlertDescription.ProtocolVersion => "the gateway speaks DTLS 1.2 only",
        AlertDescription.InsufficientSecurity => "the gateway wants stronger parameters",
        AlertDescription.InternalError => "the gateway has a problem of its own; its log says which",
        AlertDescription.UnexpectedMessage or AlertDescription.DecodeError or AlertDescription.IllegalParameter =>
            "the gateway did not understand a handshake message: a fault of one of the two programs",
        _ => "see RFC 5246 §7.2",
    };

    /// <summary>Number, name and meaning in one line.</summary>
    public static string Describe(AlertDescription alert) => $"alert {(byte)alert} {NameOf(alert)}: {Of(alert)}";
}
