using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake;

/// <summary>
/// The longest body that a message may have, by type and by who receives it (RFC 6347 §4.2.3; REQUIREMENTS 1.66). A type
/// that never comes is <see cref="Never"/>: nothing of it is kept.
/// </summary>
internal static class MessageLimits
{
    public const int Never = -1;

    private const int ClientKeyExchangeLength = 133;
    private const int CertificateVerifyLength = 520;
    private const int FinishedLength = 12;

    public static int OfServer(HandshakeType type) => type switch
    {
        HandshakeType.Certificate => CertificateMessage.MaximumLength,
        HandshakeType.ClientKeyExchange => ClientKeyExchangeLength,
        HandshakeType.CertificateVerify => CertificateVerifyLength,
        HandshakeType.Finished => FinishedLength,
        _ => Never,
    };

    public static int OfClient(HandshakeType type) => type switch
    {
        HandshakeType.HelloVerifyRequest => 2 + 1 + 255,
        HandshakeType.ServerHello => 1024,
        HandshakeType.Certificate => CertificateMessage.MaximumLength,
        HandshakeType.ServerKeyExchange => 1024,
        HandshakeType.CertificateRequest => 4096,
        HandshakeType.ServerHelloDone => 0,
        HandshakeType.Finished => FinishedLength,
        _ => Never,
    };
}
