using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Judges the client's certificate, checks its CertificateVerify, and derives the keys.</summary>
internal sealed class VerifyClient(
    IPeerVerifier verifier, Negotiated negotiated, EphemeralKey key, IReadOnlyList<byte[]> chain, byte[] point,
    CertificateVerify proof, byte[] sessionHash) : DtlsWork
{
    private protected override DtlsWorkResult Compute(DateTimeOffset time)
    {
        using var ephemeral = key;
        var verdict = verifier.Verify(chain, time);

        // The proof comes first: only who holds the key learns what we think of the certificate.
        if (verdict.PublicKeyPoint is { } leaf
            && (proof.Algorithm != SignatureScheme.EcdsaSecp256r1Sha256 || !P256Point.Verify(leaf, sessionHash, proof.Signature)))
        {
            return new ClientVerified(this, DtlsFault.CertificateVerify, verdict, null);
        }

        if (!verdict.IsAccepted)
        {
            return new ClientVerified(this, DtlsFault.None, verdict, null);
        }

        if (key.Agree(point) is not { } premaster)
        {
            return new ClientVerified(this, DtlsFault.IllegalParameter, verdict, null);
        }

        var schedule = KeySchedule.Derive(premaster, negotiated.Randoms, negotiated.Extensions.ExtendedMasterSecret ? sessionHash : null);
        Array.Clear(premaster);
        return new ClientVerified(this, DtlsFault.None, verdict, schedule);
    }
}
