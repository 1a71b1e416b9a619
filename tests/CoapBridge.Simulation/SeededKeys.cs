using System.Security.Cryptography;
using CoapBridge.Dtls;
using CoapBridge.Tools.Pki;
using CoapBridge.Wire;

namespace CoapBridge.Simulation;

/// <summary>
/// Asymmetric keys that a seed repeats. ECDSA of the platform cannot be seeded, so signatures are made until one has the
/// usual length: sizes, and so the course of a run, are the same each time, though the bytes are not.
/// </summary>
public sealed class SeededKeys(IEntropy entropy)
{
    /// <summary>About half of all secp256r1 signatures have this many bytes in DER.</summary>
    public const int SignatureLength = 71;

    public ECDiffieHellman CreateEphemeralKey()
    {
        var scalar = new byte[32];
        do
        {
            entropy.Fill(scalar);
        }
        while (scalar[0] is 0 or 0xFF); // below the group's order, and not tiny

        return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
    }

    public static DtlsCredentials Credentials(IssuedCertificate certificate)
    {
        var key = certificate.OpenEcdsa();
        return DtlsCredentials.FromEcdsa([certificate.Der], key) with { SignHash = hash => Sign(key, hash) };
    }

    private static byte[] Sign(ECDsa key, byte[] hash)
    {
        while (true)
        {
            var signature = key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
            if (signature.Length == SignatureLength)
            {
                return signature;
            }
        }
    }
}
