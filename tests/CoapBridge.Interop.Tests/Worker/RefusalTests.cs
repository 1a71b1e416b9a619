using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>Refusals that no foreign client can be brought to earn.</summary>
public sealed class RefusalTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task A_device_that_sends_an_rsa_certificate_is_refused_for_its_key_type()
    {
        await fixture.StartAsync();
        fixture.Pki.Device(DeviceFault.RsaKey);
        using var certificate = X509Certificate2.CreateFromPemFile(fixture.Pki["device-RsaKey.pem"], fixture.Pki["device-RsaKey.key"]);
        using var key = certificate.GetRSAPrivateKey()!;
        var mark = fixture.Worker.Mark;
        using var device = new OwnDevice(fixture.Worker.EndPoint, new(
            [certificate.RawData], 0x0401, // rsa, SHA-256
            hash => key.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        await device.RunUntilAsync(() => device.Failure is not null);
        Assert.Equal(43, (int)device.Failure!.Alert!.Value);
        Assert.Contains("reason=key_type ", await fixture.Worker.WaitForLogAsync("handshake result=refused", mark), StringComparison.Ordinal);
    }
}
