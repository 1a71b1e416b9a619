using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Tools.Pki;

/// <summary>The certificates of the demo: one CA, a gateway, a broker, and devices named device-1, device-2, …</summary>
public sealed class DemoPki
{
    private DemoPki(CertificateAuthority ca, IReadOnlyDictionary<string, IssuedCertificate> leaves)
    {
        Ca = ca;
        Leaves = leaves;
    }

    public CertificateAuthority Ca { get; }

    /// <summary>By file name: gateway, broker, device-1, …</summary>
    public IReadOnlyDictionary<string, IssuedCertificate> Leaves { get; }

    public IssuedCertificate Gateway => Leaves["gateway"];

    public IssuedCertificate Broker => Leaves["broker"];

    /// <param name="now">Certificates are valid from an hour before; the CA for ten years, leaves for one.</param>
    /// <param name="devices">How many devices.</param>
    public static DemoPki Create(DateTimeOffset now, int devices = 3)
    {
        var ca = CertificateAuthority.CreateRoot("CoapBridge Demo CA", now);
        var leaves = new Dictionary<string, IssuedCertificate>
        {
            ["gateway"] = ca.Issue(Server("gateway-1") with { ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth] }),
            ["broker"] = ca.Issue(Server("localhost") with { ExtendedKeyUsage = [CertificatePurposes.ServerAuth] }),
        };
        for (var i = 1; i <= devices; i++)
        {
            leaves[$"device-{i}"] = ca.Issue(new() { CommonName = $"device-{i}" });
        }

        return new(ca, leaves);
    }

    public IssuedCertificate Device(int number) => Leaves[$"device-{number}"];

    /// <summary>Every file that <see cref="Write"/> makes.</summary>
    public IEnumerable<string> FileNames => Leaves.Keys.Prepend("ca").SelectMany(name => new[] { name + ".pem", name + ".key" });

    /// <summary>Writes all certificates and keys as PEM into a folder that has none of these files yet.</summary>
    /// <exception cref="IOException">A file is there already; then nothing is written.</exception>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var existing = FileNames.Where(name => File.Exists(Path.Combine(folder, name))).ToList();
        if (existing.Count > 0)
        {
            throw new IOException($"{folder} already has {string.Join(", ", existing)}; nothing was written. Choose another folder, or delete these files first.");
        }

        Ca.Certificate.Write(folder, "ca");
        foreach (var (name, leaf) in Leaves)
        {
            leaf.Write(folder, name);
        }
    }

    private static CertificateOptions Server(string commonName) => new()
    {
        CommonName = commonName,
        KeyUsage = X509KeyUsageFlags.DigitalSignature,
        DnsNames = ["localhost"],
        IpAddresses = [IPAddress.Loopback, IPAddress.IPv6Loopback],
    };
}
