using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>Californium as a device that must not be let in: it gets the right alert, and one line of the log says why.</summary>
public sealed class CaliforniumRefusalTests(WorkerFixture fixture, CaliforniumPrograms californium) : IClassFixture<WorkerFixture>
{
    [Theory]
    [InlineData(DeviceFault.OtherCa, "unknown_ca", 48)]
    [InlineData(DeviceFault.Expired, "expired", 45)]
    [InlineData(DeviceFault.NotYetValid, "not_yet_valid", 45)]
    [InlineData(DeviceFault.NoDigitalSignature, "key_usage", 43)]
    [InlineData(DeviceFault.NoClientAuth, "extended_key_usage", 43)]
    [InlineData(DeviceFault.IsCa, "is_ca", 43)]
    [InlineData(DeviceFault.BadName, "name", 49)]
    [InlineData(DeviceFault.ReservedName, "reserved_name", 49)]
    public Task A_bad_certificate_is_refused(DeviceFault fault, string reason, int alert) =>
        RefusedAsync(fixture.Pki.Device(fault), reason, alert);

    [Fact]
    public Task No_certificate_is_refused() => RefusedAsync(device: null, "no_certificate", 40);

    [Fact]
    public Task A_key_that_is_not_the_certificates_is_refused() =>
        RefusedAsync("device-1", "certificate_verify", 51, "--key", fixture.Pki["device-2.key"]);

    [Fact]
    public Task Other_suites_alone_are_refused() =>
        RefusedAsync("device-1", "no_common_suite", 40, "--suite", "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8");

    [Fact]
    public async Task A_gateway_of_another_ca_is_refused_by_the_device()
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var lines = await californium.RunClientAsync(fixture.Pki, fixture.Worker.Uri("/t"), [], authority: "stranger-ca");
        Assert.Equal(["refused", "failed", "end"], lines.Select(line => line.Word));
        Assert.Contains($" alert={lines[0]["alert"]} ", await RefusalAsync("peer_alert", mark), StringComparison.Ordinal);
    }

    private async Task RefusedAsync(string? device, string reason, int alert, params string[] options)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var lines = await californium.RunClientAsync(fixture.Pki, fixture.Worker.Uri("/t"), ["--payload", "never", .. options], device);
        Assert.Equal(["refused", "failed", "end"], lines.Select(line => line.Word));
        Assert.StartsWith("Received", lines[0]["message"], StringComparison.Ordinal);
        Assert.Equal($"{alert}", lines[0]["alert"]);
        Assert.Contains($" alert={alert} ", await RefusalAsync(reason, mark), StringComparison.Ordinal);
        Assert.Equal(0, fixture.Cloud.Count("never"));
    }

    private async Task<string> RefusalAsync(string reason, int mark)
    {
        var line = await fixture.Worker.WaitForLogAsync("handshake result=refused", mark);
        Assert.Contains($" reason={reason} ", line, StringComparison.Ordinal);
        return line;
    }
}
