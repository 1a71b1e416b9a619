using CoapBridge.Explain;
using CoapBridge.Identity;

namespace CoapBridge.Status;

/// <summary>Why handshakes come to nothing, in plain words, and what to do: by the word of the log line.</summary>
internal static class RefusalWords
{
    private const string TheirLibrary = "look for a newer DTLS library for the device; a capture of the handshake shows its makers what is wrong";

    private static readonly Dictionary<string, RefusalReason> _reasons = Enum.GetValues<RefusalReason>().ToDictionary(reason => reason.ToWord());

    /// <summary>Devices that only began again, or met a gateway that was stopping: nobody was turned away.</summary>
    public static bool IsHarmless(string word) => word is "superseded" or "stopping";

    public static (string What, string Remedy) Of(string word) =>
        _reasons.TryGetValue(word, out var reason) ? (What(reason), Remedy(reason)) : OfHandshake(word);

    private static string What(RefusalReason reason) => reason switch
    {
        RefusalReason.NoCertificate => "the device sent no certificate",
        RefusalReason.NoCommonSuite => "the device offers no cipher suite that is allowed here",
        RefusalReason.NoP256 => "the device does not offer the curve secp256r1",
        RefusalReason.SignatureAlgorithms => "the device does not offer ECDSA with SHA-256",
        RefusalReason.UnknownCa => "its certificate does not come from a CA of Identity:CloudCa",
        RefusalReason.Expired => "its certificate has expired",
        RefusalReason.NotYetValid => "its certificate is not valid yet",
        RefusalReason.Revoked => "its CA has revoked the certificate",
        RefusalReason.StaleRevocationList => "there is no current revocation list of its CA",
        RefusalReason.KeyUsage => "its certificate may not sign: keyUsage without digitalSignature",
        RefusalReason.ExtendedKeyUsage => "its certificate is not for clients: extKeyUsage without clientAuth",
        RefusalReason.IsCa => "it shows a CA's certificate as its own",
        RefusalReason.KeyType => "its key is not P-256",
        RefusalReason.SignatureAlgorithm => "its certificate is signed with an algorithm that is not accepted",
        RefusalReason.Malformed => "its certificate cannot be read",
        RefusalReason.CriticalExtension => "its certificate has a critical extension that is not known here",
        RefusalReason.PathLength => "there are more CAs above its certificate than allowed",
        RefusalReason.NameConstraint => "its name is outside of what its CA may certify",
        RefusalReason.BadSignature => "a signature in the path of its certificate is wrong",
        RefusalReason.Name => "its certificate holds no usable name",
        RefusalReason.ReservedName => "it bears the name of the gateway or of the broker",
        RefusalReason.Denied => "it is on the list of Devices:Denied",
        RefusalReason.NotAllowed => "it is not on the list of Devices:Allowed",
        _ => "it does not hold the key of its certificate",
    };

    private static string Remedy(RefusalReason reason) => reason switch
    {
        RefusalReason.NoCertificate => "give the device a certificate; OpenSSL clients also send none when theirs is RSA",
        RefusalReason.NoCommonSuite => "let the device offer TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, or list a suite of its own in Listen:CipherSuites",
        RefusalReason.NoP256 => "let the device offer secp256r1 (P-256)",
        RefusalReason.SignatureAlgorithms => "let the device offer ecdsa_secp256r1_sha256",
        RefusalReason.CertificateVerify => "put the key on the device that its certificate was made for; if it comes from strangers, somebody tries a copied certificate",
        _ => RefusalAdvice.For(reason),
    };

    private static (string What, string Remedy) OfHandshake(string word) => word switch
    {
        "time_out" => ("the device stopped answering", "look at its radio, its memory, or its limit for datagrams (Listen:DatagramSize)"),
        "superseded" => ("the device began again before its handshake was done", "nothing, if it gets through; else give it more time: it repeats itself too early"),
        "evicted" => ("too many handshakes at once, and the oldest made room", "if a fleet came back, wait; if it goes on, find out who floods the port"),
        "stopping" => ("the gateway was stopping", "nothing: devices come again"),
        "peer_alert" => ("the device itself ended the handshake", "its log says why; often it does not trust the gateway's certificate, or looks for another name in it"),
        "extended_master_secret" => ("the device does not offer extended master secret", "look for a newer DTLS library, or set Listen:ExtendedMasterSecret to Prefer"),
        "protocol_version" => ("the device does not speak DTLS 1.2", "let it offer DTLS 1.2"),
        "finished_mismatch" => ("the device's Finished is wrong: both sides saw different handshakes", TheirLibrary),
        "forgeries" => ("too many records could not be opened", "somebody sends rubbish in its name, or its DTLS library is broken"),
        "unexpected_message" or "decode_error" or "illegal_parameter" or "unsupported_extension" or "renegotiation_info" =>
            ("the device does not keep to the rules of DTLS", TheirLibrary),
        _ => ("the handshake came to nothing", "the log line `handshake result=refused` says more"),
    };
}
