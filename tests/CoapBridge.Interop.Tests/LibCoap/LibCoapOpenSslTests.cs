using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.LibCoap;

/// <summary><c>coap-client-openssl</c>.</summary>
public sealed class LibCoapOpenSslTests(WorkerFixture fixture) : LibCoapTests(fixture, LibCoapBuild.OpenSsl)
{
    [Theory]
    [InlineData(DeviceFault.OtherCa, "unknown_ca", 48)]
    [InlineData(DeviceFault.NoDigitalSignature, "key_usage", 43)]
    public Task OpenSsl_sends_whatever_it_has_and_one_line_says_what_was_wrong(DeviceFault fault, string reason, int alert) =>
        RefusedAsync(Pki.Device(fault), reason, alert);
}
