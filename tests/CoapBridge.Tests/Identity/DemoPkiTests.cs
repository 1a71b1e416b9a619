using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Identity;

/// <summary>The demo's certificates pass our own rules, each for its role only.</summary>
public sealed class DemoPkiTests
{
    private static readonly DemoPki Pki = DemoPki.Create(Mint.Now);

    [Fact]
    public void Devices_are_devices_and_servers_are_not()
    {
        var anchors = Mint.Trust(Pki.Ca);
        var policy = new DeviceCertificatePolicy(anchors, new() { OwnCertificates = [Pki.Gateway.Der] });
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal($"device-{i}", policy.Evaluate([Pki.Device(i).Der, Pki.Ca.Certificate.Der], Mint.Now).Device?.Name);
        }

        Assert.Equal(RefusalReason.ReservedName, policy.Evaluate([Pki.Gateway.Der], Mint.Now).Reason);
        Assert.Equal(RefusalReason.ExtendedKeyUsage, policy.Evaluate([Pki.Broker.Der], Mint.Now).Reason);
        foreach (var name in new[] { "localhost", "127.0.0.1", "::1" })
        {
            Assert.True(new ServerCertificatePolicy(anchors, ServerName.TryParse(name)!).Evaluate([Pki.Gateway.Der], Mint.Now).IsAccepted);
            Assert.True(new ServerCertificatePolicy(anchors, ServerName.TryParse(name)!).Evaluate([Pki.Broker.Der], Mint.Now).IsAccepted);
        }
    }

    [Fact]
    public void Files_are_written_once_and_keys_are_private()
    {
        var folder = Directory.CreateTempSubdirectory("coapbridge-pki-").FullName;
        try
        {
            Pki.Write(folder);
            string[] names = ["broker", "ca", "device-1", "device-2", "device-3", "gateway"];
            Assert.Equal(names.SelectMany(name => new[] { name + ".key", name + ".pem" }), Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            foreach (var name in names)
            {
                using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(folder, name + ".pem"), Path.Combine(folder, name + ".key"));
                Assert.True(certificate.HasPrivateKey);
                if (!OperatingSystem.IsWindows())
                {
                    Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, name + ".key")));
                }
            }

            var before = File.ReadAllText(Path.Combine(folder, "ca.pem"));
            Assert.Contains("ca.pem", Assert.Throws<IOException>(() => DemoPki.Create(Mint.Now).Write(folder)).Message, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllText(Path.Combine(folder, "ca.pem")));
            Assert.Equal(1, PkiCommand.Create().Parse(["demo", "--out", folder]).Invoke());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
