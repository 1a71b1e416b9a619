using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Dtls;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tools.Load;

/// <summary>A certificate with a key for each device: made now, or from a folder.</summary>
internal static class LoadCertificates
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";

    /// <summary>New ones, named <c>load-1</c>, <c>load-2</c>, …, signed by the CA of a folder (<c>ca.pem</c>, <c>ca.key</c>).</summary>
    /// <param name="folder">As <c>pki ca</c> or <c>pki demo</c> made it.</param>
    /// <param name="prefix">Of their names.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="CryptographicException">It is no CA.</exception>
    public static DtlsCredentials[] Issue(string folder, string prefix, int count)
    {
        var ca = CertificateAuthority.Load(
            File.ReadAllText(Path.Combine(folder, "ca.pem")), File.ReadAllText(Path.Combine(folder, "ca.key")), DateTimeOffset.UtcNow);
        var credentials = new DtlsCredentials[count];
        Parallel.For(0, count, number =>
        {
            var issued = ca.Issue(new CertificateOptions { CommonName = $"{prefix}{number + 1}" });
            credentials[number] = DtlsCredentials.FromEcdsa([issued.Der], issued.OpenEcdsa());
        });
        return credentials;
    }

    /// <summary>Every <c>name.pem</c> with a <c>name.key</c> beside it, but for CAs and servers.</summary>
    /// <exception cref="IOException">There are none.</exception>
    public static DtlsCredentials[] Load(string folder)
    {
        var found = Directory.GetFiles(folder, "*.pem").Order(StringComparer.Ordinal)
            .Where(file => File.Exists(Path.ChangeExtension(file, ".key")) && IsDevice(file))
            .Select(file => DeviceFiles.Load(file, Path.ChangeExtension(file, ".key"))).ToArray();
        return found.Length > 0 ? found : throw new IOException($"{folder} has no device's certificate: a name.pem with its name.key beside it");
    }

    private static bool IsDevice(string file)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(DeviceFiles.LoadCertificates(file)[0]);
        var isCa = leaf.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);
        return !isCa && !leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(
            usage => usage.EnhancedKeyUsages.Cast<Oid>().Any(purpose => purpose.Value == ServerAuth));
    }
}
