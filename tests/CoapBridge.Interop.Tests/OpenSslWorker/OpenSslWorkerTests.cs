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
    [InlineData("-sigalgs", "ECDSA+SHA384:ECDSA+SHA256")]
    [InlineData("-maxfraglen", "512")]
    [InlineData("-servername", "unknown.example")]
    [InlineData("-noservername")]
    [InlineData("-fallback_scsv")]
    [InlineData("-status")]
    [InlineData("-alpn", "coap")]
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

    [Theory]
    [InlineData("ECDHE-ECDSA-AES128-GCM-SHA256", "no_common_suite", 40)]
    [InlineData(OpenSslClient.Ccm8, "no_p256", 40, "-curves", "X25519")]
    [InlineData(OpenSslClient.Ccm8, "signature_algorithms", 40, "-sigalgs", "ECDSA+SHA384")]
    public async Task A_hello_without_what_is_needed_is_refused(string cipher, string reason, int alert, params string[] options)
    {
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var output = await OpenSslClient.ConnectAsync(fixture.Pki, fixture.Worker, cipher: cipher, more: options);
        Assert.Contains($"SSL alert number {alert}", output, StringComparison.Ordinal);
        Assert.Contains($" reason={reason} ", await fixture.Worker.WaitForLogAsync("handshake result=refused", mark), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dtls_1_0_is_refused()
    {
        // RFC 8996 §5
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var output = await OpenSslClient.ConnectAsync(fixture.Pki, fixture.Worker, cipher: "ALL:@SECLEVEL=0", version: "-dtls1");
        Assert.Contains("SSL alert number 70", output, StringComparison.Ordinal);
        Assert.Contains(" reason=protocol_version ", await fixture.Worker.WaitForLogAsync("handshake result=refused", mark), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_listed_suite_is_used()
    {
        await fixture.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(
            fixture.Pki, fixture.Broker.Port, null,
            "--Listen:CipherSuites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_CCM,TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
            "--Upstream:Mqtt:ClientId=gateway-suites", "--Outbox:File=suites.db");
        foreach (var suite in new[] { "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES128-CCM8" })
        {
            var output = await OpenSslClient.ConnectAsync(fixture.Pki, worker, cipher: $"{suite}:@SECLEVEL=0");
            Assert.Contains($"Cipher is {suite}\n", output, StringComparison.Ordinal);
        }

        // The gateway's order counts, not the client's.
        var first = await OpenSslClient.ConnectAsync(fixture.Pki, worker, cipher: "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0");
        Assert.Contains("Cipher is ECDHE-ECDSA-AES128-GCM-SHA256\n", first, StringComparison.Ordinal);
    }
}
