using System.Security.Cryptography;

namespace CoapBridge.Dtls.Handshake;

/// <summary>
/// Proof that the peer's Finished matched (RFC 5246 §7.4.9). Only the check makes one, and nothing but one completes a
/// handshake.
/// </summary>
internal sealed class FinishedVerified
{
    private FinishedVerified(Agreement agreement) => Agreement = agreement;

    public Agreement Agreement { get; }

    public static FinishedVerified? Check(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> received, Agreement agreement) =>
        CryptographicOperations.FixedTimeEquals(expected, received) ? new(agreement) : null;
}
