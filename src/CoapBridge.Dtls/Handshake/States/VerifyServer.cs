using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Judges the server's certificate and its signed share, makes ours, and agrees on the secret.</summary>
internal sealed class VerifyServer(
    DtlsSettings settings, Negotiated negotiated, IReadOnlyList<byte[]> chain, ServerKeyExchange share) : DtlsWork
{
    private protected override DtlsWorkResult Compute(DateTimeOffset time)
    {
        var verdict = settings.Verifier.Verify(chain, time);
        if (!verdict.IsAccepted)
        {
            return new ServerVerified(this, DtlsFault.None, verdict, null);
        }

        // RFC 8422 §5.4: a share that the certificate's key did not sign is anybody's.
        if (verdict.PublicKeyPoint is not { } leaf
            || !P256Point.Verify(leaf, ServerKeyExchange.SignedHash(negotiated.Randoms, share.Point), share.Signature))
        {
            return new ServerVerified(this, DtlsFault.ServerSignature, verdict, null);
        }

        using var key = EphemeralKey.Create(settings);
        return key.Agree(share.Point) is { } premaster
            ? new ServerVerified(this, DtlsFault.None, verdict, new AgreedSecret(key.PublicPoint, premaster))
            : new ServerVerified(this, DtlsFault.IllegalParameter, verdict, null);
    }
}
