using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Benchmarks.Support;

/// <summary>A CA, a gateway and some devices; a certificate serves many connections, so that making them is not the benchmark.</summary>
internal sealed class Fleet
{
    private readonly DtlsSettings[] _devices;

    /// <param name="size">Different certificates; the next device after the last has the first one's.</param>
    public Fleet(int size = 64)
    {
        Pki = DemoPki.Create(DateTimeOffset.UtcNow, size);
        var verifier = new PinnedVerifier(Pki.Gateway.Der);
        _devices = [.. Enumerable.Range(1, size).Select(number => new DtlsSettings
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

    public int Size => _devices.Length;

    public DemoPki Pki { get; }

    public DtlsSettings Gateway { get; private set; }

    /// <summary>The gateway has not met any of them before.</summary>
    public Fleet Forgotten()
    {
        Gateway = Gateway with { Verifier = NewVerifier() };
        return this;
    }

    /// <summary>Writes what servers need; no devices.</summary>
    public void Write(string folder)
    {
        Pki.Ca.Certificate.Write(folder, "ca");
        Pki.Gateway.Write(folder, "gateway");
        Pki.Broker.Write(folder, "broker");
    }

    public DtlsSettings Device(int number) => _devices[number % Size];

    private DevicePeerVerifier NewVerifier() => new(new DeviceCertificatePolicy(
        TrustAnchors.TryCreate([Pki.Ca.Certificate.Der], out _)!, new DevicePolicySettings { OwnCertificates = [Pki.Gateway.Der] }));

    /// <summary>The same devices, which meet a server that has this certificate.</summary>
    public DtlsSettings Device(int number, IPeerVerifier verifier) => Device(number) with { Verifier = verifier };
}
