using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Benchmarks.Support;

/// <summary>A CA, a gateway and some devices; a certificate serves many connections, so that making them is not the benchmark.</summary>
internal sealed class Fleet
{
    /// <summary>Different certificates.</summary>
    public const int Size = 64;

    private readonly DtlsSettings[] _devices;

    public Fleet()
    {
        Pki = DemoPki.Create(DateTimeOffset.UtcNow, Size);
        var verifier = new PinnedVerifier(Pki.Gateway.Der);
        _devices = [.. Enumerable.Range(1, Size).Select(number => new DtlsSettings
        {
            Credentials = DtlsCredentials.FromEcdsa([Pki.Device(number).Der], Pki.Device(number).OpenEcdsa()),
            Verifier = verifier,
        })];
        Gateway = new DtlsSettings
        {
            Credentials = DtlsCredentials.FromEcdsa([Pki.Gateway.Der], Pki.Gateway.OpenEcdsa()),
            Verifier = new DevicePeerVerifier(new DeviceCertificatePolicy(
                TrustAnchors.TryCreate([Pki.Ca.Certificate.Der], out _)!,
                new DevicePolicySettings { OwnCertificates = [Pki.Gateway.Der] })),
        };
    }

    public DemoPki Pki { get; }

    public DtlsSettings Gateway { get; }

    public DtlsSettings Device(int number) => _devices[number % Size];

    /// <summary>The same devices, which meet a server that has this certificate.</summary>
    public DtlsSettings Device(int number, IPeerVerifier verifier) => Device(number) with { Verifier = verifier };
}
