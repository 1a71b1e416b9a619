using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Makes the server's ephemeral key and signs it (RFC 8422 §5.4).</summary>
internal sealed class SignKeyShare(DtlsSettings settings, HelloRandoms randoms) : DtlsWork
{
    private protected override DtlsWorkResult Compute(DateTimeOffset time)
    {
        var key = EphemeralKey.Create(settings);
        var hash = ServerKeyExchange.SignedHash(randoms, key.PublicPoint);
        return new KeyShareSigned(this, key, settings.Credentials.SignHash(hash));
    }
}
