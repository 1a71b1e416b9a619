using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.GnuTlsWorker;

/// <summary><c>gnutls-cli --udp</c> against the built worker.</summary>
public sealed class GnuTlsWorkerTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    private const string Ccm8 = "NORMAL:-VERS-ALL:+VERS-DTLS1.2:-CIPHER-ALL:+AES-128-CCM-8:-KX-ALL:+ECDHE-ECDSA";

    [Fact]
    public async Task The_handshake_completes()
    {
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        await using var client = Start("device-1");
        await client.WaitForLineAsync(line => line.Contains("Handshake was completed", StringComparison.Ordinal), WorkerProcess.Patience);
        Assert.Contains("(DTLS1.2-X.509)-(ECDHE-SECP256R1)-(ECDSA-SHA256)-(AES-128-CCM-8)", client.Output, StringComparison.Ordinal);
        client.Input.Close();
        Assert.Equal(0, await client.WaitForExitAsync(TimeSpan.FromSeconds(20)));
        await fixture.Worker.WaitForLogAsync("handshake result=ok device=device-1", mark);
    }

    [Fact]
    public async Task A_session_is_resumed()
    {
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        await using var client = Start("device-1", "--resume");
        await client.WaitForLineAsync(line => line.Contains("This is a resumed session", StringComparison.Ordinal), WorkerProcess.Patience);
        client.Input.Close();
        Assert.Equal(0, await client.WaitForExitAsync(TimeSpan.FromSeconds(20)));
        await fixture.Worker.WaitForLogAsync("resumed=true", mark);
        Assert.Equal(
            ["resumed=false", "resumed=true"],
            fixture.Worker.LogLines("handshake result=ok device=device-1", mark).Select(line => line.Split(' ').Single(word => word.StartsWith("resumed=", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_device_of_another_ca_is_refused()
    {
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        await using var client = Start(fixture.Pki.Device(DeviceFault.OtherCa));
        await client.WaitForExitAsync(TimeSpan.FromSeconds(20));
        var line = await fixture.Worker.WaitForLogAsync("handshake result=refused", mark);
        Assert.Contains(" reason=unknown_ca ", line, StringComparison.Ordinal);
        Assert.Contains(" alert=48 ", line, StringComparison.Ordinal);
        Assert.Contains("CA is unknown", client.Output, StringComparison.Ordinal);
    }

    private ChildProcess Start(string device, params string[] more) => ChildProcess.Start(
        InstalledProgram.Find("gnutls-cli"),
        [
            "--udp", "--priority", Ccm8, "--x509cafile", fixture.Pki["ca.pem"], "--x509certfile", fixture.Pki[device + ".pem"],
            "--x509keyfile", fixture.Pki[device + ".key"], "-p", $"{fixture.Worker.EndPoint.Port}", "127.0.0.1", .. more,
        ]);
}
