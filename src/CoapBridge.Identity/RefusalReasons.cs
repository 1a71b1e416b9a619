namespace CoapBridge.Identity;

/// <summary>The one map from a reason to its word in logs and counters, and the one to its TLS alert.</summary>
public static class RefusalReasons
{
    /// <summary>The word for logs and counters, in snake_case: <c>key_usage</c>.</summary>
    public static string ToWord(this RefusalReason reason) => reason switch
    {
        RefusalReason.NoCertificate => "no_certificate",
        RefusalReason.NoCommonSuite => "no_common_suite",
        RefusalReason.NoP256 => "no_p256",
        RefusalReason.SignatureAlgorithms => "signature_algorithms",
        RefusalReason.UnknownCa => "unknown_ca",
        RefusalReason.Expired => "expired",
        RefusalReason.NotYetValid => "not_yet_valid",
        RefusalReason.Revoked => "revoked",
        RefusalReason.StaleRevocationList => "stale_revocation_list",
        RefusalReason.KeyUsage => "key_usage",
        RefusalReason.ExtendedKeyUsage => "extended_key_usage",
        RefusalReason.IsCa => "is_ca",
        RefusalReason.KeyType => "key_type",
        RefusalReason.SignatureAlgorithm => "signature_algorithm",
        RefusalReason.Malformed => "malformed",
        RefusalReason.CriticalExtension => "critical_extension",
        RefusalReason.PathLength => "path_length",
        RefusalReason.NameConstraint => "name_constraint",
        RefusalReason.BadSignature => "bad_signature",
        RefusalReason.Name => "name",
        RefusalReason.ReservedName => "reserved_name",
        RefusalReason.Denied => "denied",
        RefusalReason.NotAllowed => "not_allowed",
        RefusalReason.CertificateVerify => "certificate_verify",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    /// <summary>The alert description's number (RFC 5246 §7.2.2, RFC 8446 §6): 43 for <c>key_usage</c>.</summary>
    public static byte ToAlert(this RefusalReason reason) => reason switch
    {
        RefusalReason.NoCertificate or RefusalReason.NoCommonSuite or RefusalReason.NoP256 or RefusalReason.SignatureAlgorithms => 40,
        RefusalReason.Malformed or RefusalReason.CriticalExtension or RefusalReason.PathLength or RefusalReason.NameConstraint
            or RefusalReason.BadSignature => 42,
        RefusalReason.KeyUsage or RefusalReason.ExtendedKeyUsage or RefusalReason.IsCa or RefusalReason.KeyType
            or RefusalReason.SignatureAlgorithm => 43,
        RefusalReason.Revoked => 44,
        RefusalReason.Expired or RefusalReason.NotYetValid => 45,
        // Not the device's fault: certificate_unknown is for "some other issue" (RFC 5246 §7.2.2).
        RefusalReason.StaleRevocationList => 46,
        RefusalReason.UnknownCa => 48,
        RefusalReason.Name or RefusalReason.ReservedName or RefusalReason.Denied or RefusalReason.NotAllowed => 49,
        RefusalReason.CertificateVerify => 51,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
