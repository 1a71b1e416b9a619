using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Dtls.Handshake.States;

internal sealed class KeyShareSigned(DtlsWork work, EphemeralKey key, byte[] signature) : DtlsWorkResult(work)
{
    public EphemeralKey Key => key;

    public byte[] Signature => signature;

    internal override void Abandon() => key.Dispose();
}
