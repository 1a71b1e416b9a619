using CoapBridge.Identity;

namespace CoapBridge.Explain;

/// <summary>What to do about a certificate that is refused.</summary>
internal static class RefusalAdvice
{
    public static string For(RefusalReason reason) => reason switch
    {
        RefusalReason.UnknownCa => "have it issued by the fleet's CA; or, if its CA is one of yours, put that into Identity:CloudCa; a device must send its intermediates",
        RefusalReason.Expired => "renew the device's certificate; or set this host's clock",
        RefusalReason.NotYetValid => "set this host's clock; or wait",
        RefusalReason.Revoked => "the CA wants it out; give the device another certificate, with another key",
        RefusalReason.StaleRevocationList => "fetch the CA's newest list to Devices:RevocationLists; the device is not to blame",
        RefusalReason.KeyUsage => "have it issued again with keyUsage digitalSignature (Devices:KeyUsage = IfPresent lets one without any keyUsage in)",
        RefusalReason.ExtendedKeyUsage => "have it issued again with extKeyUsage clientAuth, or with none",
        RefusalReason.IsCa => "give the device a certificate of its own, not the CA's",
        RefusalReason.KeyType or RefusalReason.SignatureAlgorithm => "have it issued again for a P-256 key, signed with ecdsa-with-SHA256 or by an RSA CA with SHA-256",
        RefusalReason.Name => "have it issued again with one CN of letters, digits and . _ : -, at most 64, or see Devices:Name",
        RefusalReason.ReservedName => "this is the gateway's or the broker's; give the device a certificate and a name of its own",
        RefusalReason.Denied => "take its line out of the file of Devices:Denied, if that was not meant",
        RefusalReason.NotAllowed => "add it to the file of Devices:Allowed",
        _ => "have it issued again without this fault",
    };
}
