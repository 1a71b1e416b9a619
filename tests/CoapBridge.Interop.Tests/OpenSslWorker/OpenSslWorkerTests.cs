using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.OpenSslWorker;

/// <summary><c>openssl s_client</c> against the built worker.</summary>
public sealed class OpenSslWorkerTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    [Theory]
    [InlineData]
    [InlineData("-mtu", "300")]
    [InlineData("-no_ticket")]
    [InlineData("-curves", "X25519:P-521:P-256")]
    public async Task The_handshake_completes(params string[] options)
    {
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var output = await OpenSslClient.ConnectAsync(fixture.Pki, fixture.Worker, more: options);
        Assert.Contains("Cipher is ECDHE-ECDSA-AES128-CCM8", output, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        Assert.Contains("subject=CN = gateway-1", output, StringComparison.Ordinal);
        Assert.Contains("Extended master secret: yes", output, StringComparison.Ordinal);
        Assert.Contains("device=device-1", await fixture.Worker.WaitForLogAsync("handshake result=ok", mark), StringComparison.Ordinal);
        await fixture.Worker.WaitForLogAsync("disconnected device=device-1", mark);
    }

    [Fact]
    public async Task A_session_is_resumed()
    {
        await fixture.StartAsync();
        var session = Path.GetTempFileName();
        try
        {
            await OpenSslClient.ConnectAsync(fixture.Pki, fixture.Worker, more: ["-sess_out", session]);

            // Another port each time, so another shard sooner or later; and no certificate, since the session says who it is.
            for (var time = 0; time < 4; time++)
            {
                var mark = fixture.Worker.Mark;
                var output = await OpenSslClient.ConnectAsync(fixture.Pki, fixture.Worker, device: null, more: ["-sess_in", session]);
                Assert.Contains("Reused, TLSv1.2, Cipher is ECDHE-ECDSA-AES128-CCM8", output, StringComparison.Ordinal);
                var line = await fixture.Worker.WaitForLogAsync("handshake result=ok", mark);
                Assert.Contains("device=device-1", line, StringComparison.Ordinal);
                Assert.Contains("resumed=true", line, StringComparison.OrdinalIgnoreCase);
            }
        }
        finally
        {
            File.Delete(session);
        }
    }

    [Theory]
    [InlineData(DeviceFault.OtherCa, "unknown_ca", 48)]
    [InlineData(DeviceFault.Expired, "expired", 45)]
    [InlineData(DeviceFault.NoDigitalSignature, "key_usage", 43)]
    [InlineData(DeviceFault.RsaKey, "no_certificate", 40)]
    public async Task A_bad_certificate_is_refused(DeviceFault fault, string reason, int alert)
    {
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var output = await OpenSslClient.ConnectAsync(fixture.Pki, fixture.Worker, fixture.Pki.Device(fault));
        Assert.Contains($"SSL alert number {alert}", output, StringComparison.Ordinal);
        var line = await fixture.Worker.WaitForLogAsync("handshake result=refused", mark);
        Assert.Contains($" reason={reason} ", line, StringComparison.Ordinal);
        Assert.Contains($" alert={alert} ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_with_other_suites_only_is_refused()
    {
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var output = await OpenSslClient.ConnectAsync(fixture.Pki, fixture.Worker, cipher: "ECDHE-ECDSA-AES128-GCM-SHA256");
        Assert.Contains("SSL alert number 40", output, StringComparison.Ordinal);
        Assert.Contains(" reason=no_common_suite ", await fixture.Worker.WaitForLogAsync("handshake result=refused", mark), StringComparison.Ordinal);
    }
}
