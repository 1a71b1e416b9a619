namespace CoapBridge.Identity;

/// <summary>The signature algorithms that a path may use (REQUIREMENTS 10.02); everything else is Unsupported.</summary>
internal enum SignatureAlgorithm
{
    Unsupported,
    EcdsaWithSha256,
    EcdsaWithSha384,
    Sha256WithRsa,
    Sha384WithRsa,
}

internal static class SignatureAlgorithms
{
    /// <summary>
    /// Recognises a whole AlgorithmIdentifier by its octets: ECDSA without parameters (RFC 5758 §3.2), RSA with NULL
    /// (RFC 4055 §5).
    /// </summary>
    public static SignatureAlgorithm Recognise(ReadOnlySpan<byte> algorithmIdentifier) => algorithmIdentifier switch
    {
        [0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02] => SignatureAlgorithm.EcdsaWithSha256,
        [0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03] => SignatureAlgorithm.EcdsaWithSha384,
        [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00] => SignatureAlgorithm.Sha256WithRsa,
        [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0C, 0x05, 0x00] => SignatureAlgorithm.Sha384WithRsa,
        _ => SignatureAlgorithm.Unsupported,
    };

    public static bool IsEcdsa(this SignatureAlgorithm algorithm) =>
        algorithm is SignatureAlgorithm.EcdsaWithSha256 or SignatureAlgorithm.EcdsaWithSha384;

    public static bool IsRsa(this SignatureAlgorithm algorithm) =>
        algorithm is SignatureAlgorithm.Sha256WithRsa or SignatureAlgorithm.Sha384WithRsa;
}
