using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace CoapBridge.Identity;

/// <summary>
/// A CA's public key, ready to verify what it signed. Importing a key costs more than verifying with it, so imported
/// keys are held; the platform does not promise that one key object may verify on two threads at once, so each call
/// borrows one of its own and gives it back. There are never more than calls that ran at the same time.
/// </summary>
internal sealed class IssuerKey : IDisposable
{
    private readonly SubjectPublicKey _publicKey;
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];

    private IssuerKey(SubjectPublicKey publicKey) => _publicKey = publicKey;

    /// <summary>Null when no path may use such a key: unknown kind, not a point of its curve, RSA too short or too long.</summary>
    public static IssuerKey? TryImport(SubjectPublicKey publicKey)
    {
        var key = new IssuerKey(publicKey);
        if (key.Import() is not { } imported)
        {
            return null;
        }

        key._idle.Add(imported);
        return key;
    }

    /// <summary>Is this kind of signature made with this kind of key?</summary>
    public static bool Fits(SubjectPublicKey publicKey, SignatureAlgorithm algorithm) =>
        publicKey.Kind switch
        {
            PublicKeyKind.P256 or PublicKeyKind.P384 => algorithm.IsEcdsa(),
            PublicKeyKind.Rsa => algorithm.IsRsa(),
            _ => false,
        };

    /// <summary>What is signed by such a signature.</summary>
    public static byte[] HashFor(SignatureAlgorithm algorithm, ReadOnlySpan<byte> tbs) =>
        IsSha384(algorithm) ? SHA384.HashData(tbs) : SHA256.HashData(tbs);

    /// <summary>Did this key sign the certificate? One signature verification.</summary>
    public bool HasSigned(Certificate certificate) =>
        Fits(_publicKey, certificate.SignatureAlgorithm) && HasSigned(
            certificate.SignatureAlgorithm, HashFor(certificate.SignatureAlgorithm, certificate.TbsCertificate.Span), certificate.Signature.Span);

    /// <summary>Did this key make this signature, of an algorithm that fits it, of what has this hash?</summary>
    public bool HasSigned(SignatureAlgorithm algorithm, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        if ((_idle.TryTake(out var idle) ? idle : Import()) is not { } key)
        {
            return false;
        }

        var verified = Verify(key, algorithm, hash, signature);
        _idle.Add(key);
        return verified;
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var key))
        {
            key.Dispose();
        }
    }

    private static bool IsSha384(SignatureAlgorithm algorithm) =>
        algorithm is SignatureAlgorithm.EcdsaWithSha384 or SignatureAlgorithm.Sha384WithRsa;

    private static bool Verify(AsymmetricAlgorithm key, SignatureAlgorithm algorithm, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        var hashName = IsSha384(algorithm) ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;
        try
        {
            return key switch
            {
                ECDsa ecdsa => ecdsa.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence),
                RSA rsa => rsa.VerifyHash(hash, signature, hashName, RSASignaturePadding.Pkcs1),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false; // some platforms throw for a signature that is no DER
        }
    }

    private AsymmetricAlgorithm? Import()
    {
        try
        {
            return _publicKey.Kind switch
            {
                PublicKeyKind.P256 when _publicKey.IsUncompressedPoint => ImportPoint(ECCurve.NamedCurves.nistP256),
                PublicKeyKind.P384 when _publicKey.IsUncompressedPoint => ImportPoint(ECCurve.NamedCurves.nistP384),
                PublicKeyKind.Rsa => ImportRsa(),
                _ => null,
            };
        }
        catch (CryptographicException)
        {
            return null; // the one way in which the platform says "not on the curve"
        }
    }

    private ECDsa ImportPoint(ECCurve curve)
    {
        var coordinates = _publicKey.Key.Span[1..];
        var half = coordinates.Length / 2;
        var point = new ECPoint { X = coordinates[..half].ToArray(), Y = coordinates[half..].ToArray() };
        return ECDsa.Create(new ECParameters { Curve = curve, Q = point });
    }

    // RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }   RFC 8017 §A.1.1
    private RSA? ImportRsa()
    {
        var outer = new DerReader(_publicKey.Key.Span);
        var body = new DerReader(outer.Read(DerReader.Sequence));
        var modulus = body.ReadUnsigned().TrimStart((byte)0);
        var exponent = body.ReadUnsigned();
        if (!outer.AtEnd || !body.AtEnd || exponent.Length is 0 or > 4 || (exponent[^1] & 1) == 0 || exponent is [1]
            || modulus.Length * 8 > CertificateLimits.MaxRsaBits
            || (modulus.Length * 8) - int.LeadingZeroCount(modulus.IsEmpty ? 0 : modulus[0]) + 24 < CertificateLimits.MinRsaBits)
        {
            return null;
        }

        return RSA.Create(new RSAParameters { Modulus = modulus.ToArray(), Exponent = exponent.ToArray() });
    }
}
