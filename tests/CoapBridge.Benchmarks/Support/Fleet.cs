using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Benchmarks.Support;

/// <summary>A CA, a gateway and some devices; a certificate serves many connections, so that making them is not the benchmark.</summary>
internal sealed class Fleet
{
    private const int Written = 64;

    /// <param name="size">Different certificates; the next device after the last has the first one's.</param>
    public Fleet(int size = 64)
    {
        Pki = DemoPki.Create(DateTimeOffset.UtcNow, size);
        var verifier = new PinnedVerifier(Pki.Gateway.Der);
        Devices = [.. Enumerable.Range(1, size).Select(number => new DtlsSettings
        {
            Credentials = DtlsCredentials.FromEcdsa([Pki.Device(number).Der], Pki.Device(number).OpenEcdsa()),
            Verifier = verifier,
        })];
        Gateway = new DtlsSettings
        {
            Credentials = DtlsCredentials.FromEcdsa([Pki.Gateway.Der], Pki.Gateway.OpenEcdsa()),
            Verifier = NewVerifier(),
        };
    }

    public int Size => Devices.Count;

    public IReadOnlyList<DtlsSettings> Devices { get; }

    public DemoPki Pki { get; }

    public DtlsSettings Gateway { get; private set; }

    /// <summary>The gateway has not met any of them before.</summary>
    public Fleet Forgotten()
    {
        Gateway = Gateway with { Verifier = NewVerifier() };
        return this;
    }

    /// <summary>Writes what servers need, and some devices for a load in another process.</summary>
    public void Write(string folder)
    {
        Pki.Ca.Certificate.Write(folder, "ca");
        Pki.Gateway.Write(folder, "gateway");
        Pki.Broker.Write(folder, "broker");
        for (var number = 1; number <= Math.Min(Size, Written); number++)
        {
            Pki.Device(number).Write(folder, $"device-{number}");
        }
    }

    public DtlsSettings Device(int number) => Devices[number % Size];

    private DevicePeerVerifier NewVerifier() => new(new DeviceCertificatePolicy(
        TrustAnchors.TryCreate([Pki.Ca.Certificate.Der], out _)!, new DevicePolicySettings { OwnCertificates = [Pki.Gateway.Der] }));
}
