namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Signs the client's CertificateVerify (RFC 5246 §7.4.8).</summary>
internal sealed class SignSessionHash(DtlsCredentials credentials, byte[] sessionHash) : DtlsWork
{
    private protected override DtlsWorkResult Compute(DateTimeOffset time) =>
        new SessionHashSigned(this, credentials.SignHash(sessionHash));
}
