using System.Security.Cryptography.X509Certificates;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Simulation;

/// <summary>
/// The certificates of all scenarios, made once per process, all of one length. The time of day in a scenario begins
/// when they were made.
/// </summary>
public static class SimulatedPki
{
    private static readonly Dictionary<string, IssuedCertificate> Devices = [];

    public static DateTimeOffset Created { get; } = DateTimeOffset.UtcNow;

    public static CertificateAuthority Ca { get; } = CertificateAuthority.CreateRoot("Simulated CA", Created);

    public static IssuedCertificate Gateway { get; } = IssueOfOneLength(Ca, new CertificateOptions
    {
        CommonName = "gateway-1",
        KeyUsage = X509KeyUsageFlags.DigitalSignature,
        ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
        DnsNames = ["localhost"],
    });

    /// <summary>What the gateway asks about devices' certificates.</summary>
    public static IPeerVerifier DeviceVerifier { get; } = new DevicePeerVerifier(new DeviceCertificatePolicy(
        TrustAnchors.TryCreate([Ca.Certificate.Der], out _)!,
        new DevicePolicySettings { OwnCertificates = [Gateway.Der], ReservedNames = ["localhost"] }));

    /// <summary>A device's certificate; one per name and process.</summary>
    public static IssuedCertificate Device(string name)
    {
        lock (Devices)
        {
            if (!Devices.TryGetValue(name, out var certificate))
            {
                Devices[name] = certificate = IssueOfOneLength(Ca, new CertificateOptions { CommonName = name });
            }

            return certificate;
        }
    }

    /// <summary>The CA's signature, a BIT STRING at the end, is of the usual length (see <see cref="SeededKeys"/>).</summary>
    public static IssuedCertificate IssueOfOneLength(CertificateAuthority ca, CertificateOptions options)
    {
        var serial = new byte[16];
        serial.AsSpan().Fill(0x42);
        while (true)
        {
            var certificate = ca.Issue(options with { SerialNumber = serial });
            var tail = certificate.Der.AsSpan(certificate.Der.Length - SeededKeys.SignatureLength - 3);
            if (tail is [0x03, SeededKeys.SignatureLength + 1, 0, 0x30, SeededKeys.SignatureLength - 2, ..])
            {
                return certificate;
            }
        }
    }
}
