using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.LibCoap;

/// <summary><c>coap-client-gnutls</c>: CCM_8 needs no priority string, it offers all that GnuTLS has.</summary>
public sealed class LibCoapGnuTlsTests(WorkerFixture fixture) : LibCoapTests(fixture, LibCoapBuild.GnuTls)
{
    [Theory]
    [InlineData(DeviceFault.OtherCa)]
    [InlineData(DeviceFault.NoDigitalSignature)]
    public Task GnuTls_keeps_a_certificate_to_itself_that_cannot_sign_or_has_no_issuer_among_the_certificate_authorities(DeviceFault fault) =>
        RefusedAsync(Pki.Device(fault), "no_certificate", 40);
}
