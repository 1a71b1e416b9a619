namespace CoapBridge.Dtls.Handshake.States;

internal sealed class SessionHashSigned(DtlsWork work, byte[] signature) : DtlsWorkResult(work)
{
    public byte[] Signature => signature;
}
