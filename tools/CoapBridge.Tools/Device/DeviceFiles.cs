using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Dtls;

namespace CoapBridge.Tools.Device;

/// <summary>Reads what a device has from PEM.</summary>
public static class DeviceFiles
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";

    /// <summary>rsa_pkcs1_sha256 (RFC 8446 §4.2.3): no gateway accepts it; it is here to be shown to be refused.</summary>
    private const ushort RsaPkcs1Sha256 = 0x0401;

    /// <summary>Certificates (leaf first) and the leaf's key, EC or RSA. The key lives as long as the result.</summary>
    /// <exception cref="CryptographicException">Not PEM, or the key is another certificate's.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static DtlsCredentials Load(string certificateFile, string keyFile) =>
        FromPem(File.ReadAllText(certificateFile), File.ReadAllText(keyFile));

    /// <inheritdoc cref="Load"/>
    public static DtlsCredentials FromPem(string certificates, string key)
    {
        var chain = Certificates(certificates);
        using var leaf = X509CertificateLoader.LoadCertificate(chain[0]);
        try
        {
            return leaf.GetKeyAlgorithm() == RsaEncryption ? WithRsa(chain, leaf, key) : WithEcdsa(chain, leaf, key);
        }
        catch (ArgumentException exception)
        {
            throw new CryptographicException($"no private key of the certificate's kind is in the key file: {exception.Message}", exception);
        }
    }

    /// <summary>All certificates of a PEM file, in DER.</summary>
    public static IReadOnlyList<byte[]> LoadCertificates(string file) => Certificates(File.ReadAllText(file));

    private static List<byte[]> Certificates(string pem)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPem(pem);
        return found.Count > 0
            ? [.. found.Select(certificate => certificate.RawData)]
            : throw new CryptographicException("there is no BEGIN CERTIFICATE in the file");
    }

    private static DtlsCredentials WithEcdsa(List<byte[]> chain, X509Certificate2 leaf, string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        RequirePair(leaf, key);
        return DtlsCredentials.FromEcdsa(chain, key);
    }

    private static DtlsCredentials WithRsa(List<byte[]> chain, X509Certificate2 leaf, string pem)
    {
        var key = RSA.Create();
        key.ImportFromPem(pem);
        RequirePair(leaf, key);
        return new(chain, RsaPkcs1Sha256, hash => key.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private static void RequirePair(X509Certificate2 leaf, AsymmetricAlgorithm key)
    {
        if (!leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            throw new CryptographicException("the private key is not the certificate's");
        }
    }
}
