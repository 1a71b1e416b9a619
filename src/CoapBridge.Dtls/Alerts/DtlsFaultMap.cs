namespace CoapBridge.Dtls;

/// <summary>The one map from our faults to alerts and to the words that logs use.</summary>
public static class DtlsFaultMap
{
    public static AlertDescription ToAlert(this DtlsFault fault) => fault switch
    {
        DtlsFault.NoCertificate or DtlsFault.NoCommonSuite or DtlsFault.NoP256 or DtlsFault.SignatureAlgorithms
            or DtlsFault.ExtendedMasterSecret or DtlsFault.RenegotiationInfo => AlertDescription.HandshakeFailure,
        DtlsFault.ProtocolVersion => AlertDescription.ProtocolVersion,
        DtlsFault.UnexpectedMessage => AlertDescription.UnexpectedMessage,
        DtlsFault.DecodeError => AlertDescription.DecodeError,
        DtlsFault.IllegalParameter => AlertDescription.IllegalParameter,
        DtlsFault.UnsupportedExtension => AlertDescription.UnsupportedExtension,
        DtlsFault.CertificateTooLarge => AlertDescription.BadCertificate,
        DtlsFault.CertificateVerify or DtlsFault.ServerSignature or DtlsFault.FinishedMismatch => AlertDescription.DecryptError,
        _ => AlertDescription.InternalError,
    };

    public static string ToWord(this DtlsFault fault) => fault switch
    {
        DtlsFault.NoCertificate => "no_certificate",
        DtlsFault.NoCommonSuite => "no_common_suite",
        DtlsFault.NoP256 => "no_p256",
        DtlsFault.SignatureAlgorithms => "signature_algorithms",
        DtlsFault.ExtendedMasterSecret => "extended_master_secret",
        DtlsFault.RenegotiationInfo => "renegotiation_info",
        DtlsFault.ProtocolVersion => "protocol_version",
        DtlsFault.UnexpectedMessage => "unexpected_message",
        DtlsFault.DecodeError => "decode_error",
        DtlsFault.IllegalParameter => "illegal_parameter",
        DtlsFault.UnsupportedExtension => "unsupported_extension",
        DtlsFault.CertificateTooLarge => "malformed",
        DtlsFault.CertificateVerify => "certificate_verify",
        DtlsFault.ServerSignature => "server_signature",
        DtlsFault.FinishedMismatch => "finished_mismatch",
        _ => "none",
    };
}
