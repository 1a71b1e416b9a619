namespace CoapBridge.Dtls;

/// <summary>
/// Why a handshake was ended by us: the peer's mistake, or no common ground. Refused certificates carry their own
/// reason (<see cref="PeerVerdict"/>).
/// </summary>
public enum DtlsFault
{
    None,
    NoCertificate,
    NoCommonSuite,
    NoP256,
    SignatureAlgorithms,
    ExtendedMasterSecret,
    RenegotiationInfo,
    ProtocolVersion,
    UnexpectedMessage,
    DecodeError,
    IllegalParameter,
    UnsupportedExtension,
    CertificateTooLarge,
    CertificateVerify,
    ServerSignature,
    FinishedMismatch,
}
