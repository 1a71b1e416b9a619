using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace CoapBridge.Tools.Pki;

/// <summary>A certificate with its private key, if that was made here.</summary>
public sealed class IssuedCertificate
{
    private readonly byte[]? _pkcs8;

    internal IssuedCertificate(byte[] der, byte[]? pkcs8)
    {
        Der = der;
        _pkcs8 = pkcs8;
    }

    /// <summary>The certificate in DER.</summary>
    public byte[] Der { get; }

    /// <summary>The certificate as PEM.</summary>
    public string CertificatePem => PemEncoding.WriteString("CERTIFICATE", Der) + "\n";

    /// <summary>The private key as PKCS#8 PEM.</summary>
    public string PrivateKeyPem => PemEncoding.WriteString("PRIVATE KEY", Pkcs8) + "\n";

    private byte[] Pkcs8 => _pkcs8 ?? throw new InvalidOperationException("This certificate was issued for a foreign public key.");

    /// <summary>A new object for the private key; the caller disposes it.</summary>
    public ECDsa OpenEcdsa()
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Pkcs8, out _);
        return key;
    }

    /// <summary>A new object for the private key; the caller disposes it.</summary>
    public RSA OpenRsa()
    {
        var key = RSA.Create();
        key.ImportPkcs8PrivateKey(Pkcs8, out _);
        return key;
    }

    /// <summary>The certificate with its key, as SslStream wants it; the caller disposes it.</summary>
    public X509Certificate2 ToX509WithKey() => X509Certificate2.CreateFromPem(CertificatePem, PrivateKeyPem);

    /// <summary>Writes <c>name.pem</c> (public) and <c>name.key</c> (only for its owner).</summary>
    public void Write(string folder, string name)
    {
        WriteNew(Path.Combine(folder, name + ".pem"), CertificatePem, isSecret: false);
        WriteNew(Path.Combine(folder, name + ".key"), PrivateKeyPem, isSecret: true);
    }

    // The mode is set as the file is made, so that a key is never readable in between; an existing file is never touched.
    internal static void WriteNew(string path, string text, bool isSecret)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = isSecret ? owner : owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        }

        using var file = new FileStream(path, options);
        file.Write(Encoding.ASCII.GetBytes(text));
    }
}
