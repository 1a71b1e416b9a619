using System.Security.Cryptography.X509Certificates;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>The demo PKI in a temporary folder of its own, with the certificates beside it that must not be let in.</summary>
internal sealed class TestPki : IDisposable
{
    public TestPki()
    {
        Demo = DemoPki.Create(Now);
        Demo.Write(Folder);
        Stranger = CertificateAuthority.CreateRoot("Another CA", Now);
        Stranger.Certificate.Write(Folder, "stranger-ca");
        Impostor = CertificateAuthority.CreateRoot("CoapBridge Demo CA", Now);
    }

    public static DateTimeOffset Now { get; } = DateTimeOffset.UtcNow;

    public string Folder { get; } = Directory.CreateTempSubdirectory("coapbridge-interop-").FullName;

    public DemoPki Demo { get; }

    /// <summary>A CA that nobody here trusts.</summary>
    public CertificateAuthority Stranger { get; }

    /// <summary>Has the name of the demo CA and another key.</summary>
    public CertificateAuthority Impostor { get; }

    /// <summary>The path of a file in the folder.</summary>
    public string this[string file] => Path.Combine(Folder, file);

    /// <summary>Writes a certificate and key for a device; the result is the name of the files.</summary>
    public string Device(DeviceFault fault)
    {
        var name = $"device-{fault}";
        if (!File.Exists(this[name + ".pem"]))
        {
            var good = new CertificateOptions { CommonName = name };
            var issuer = fault switch { DeviceFault.OtherCa => Stranger, DeviceFault.Impostor => Impostor, _ => Demo.Ca };
            issuer.Issue(fault switch
            {
                DeviceFault.Expired => good with { NotBefore = Now.AddDays(-2), NotAfter = Now.AddDays(-1) },
                DeviceFault.NotYetValid => good with { NotBefore = Now.AddDays(1), NotAfter = Now.AddDays(2) },
                DeviceFault.NoDigitalSignature => good with { KeyUsage = X509KeyUsageFlags.KeyAgreement },
                DeviceFault.NoClientAuth => good with { ExtendedKeyUsage = [CertificatePurposes.ServerAuth] },
                DeviceFault.BadName => good with { CommonName = "device/1" },
                DeviceFault.ReservedName => good with { CommonName = "gateway-1" },
                DeviceFault.RsaKey => good with { Key = KeyKind.Rsa2048 },
                DeviceFault.IsCa => good with { IsCa = true },
                _ => good,
            }).Write(Folder, name);
        }

        return name;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>What is wrong with a device's certificate.</summary>
public enum DeviceFault
{
    OtherCa,
    Impostor,
    Expired,
    NotYetValid,
    NoDigitalSignature,
    NoClientAuth,
    BadName,
    ReservedName,
    RsaKey,
    IsCa,
}
