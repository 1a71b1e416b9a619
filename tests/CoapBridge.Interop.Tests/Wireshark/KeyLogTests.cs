using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Interop.Tests.MbedTls;

namespace CoapBridge.Interop.Tests.Wireshark;

/// <summary>What the worker writes by <c>Listen:KeyLog</c> opens its devices' traffic in an analyser: <c>tshark</c>.</summary>
public sealed class KeyLogTests(MbedTlsPrograms mbedTls) : IDisposable
{
    private readonly TestPki _pki = new();

    private string KeyLog => _pki["keys.log"];

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_full_handshake_can_be_read()
    {
        var seen = await CaptureAsync(async line =>
        {
            var result = await LibCoapClient.RequestAsync(_pki, $"coaps://{line.EndPoint}/t", payload: "in the clear");
            Assert.Equal("2.04", result.Code);
        });
        Assert.Equal(["2 t 12", "68  "], seen);
        Assert.StartsWith("CLIENT_RANDOM ", await File.ReadAllTextAsync(KeyLog, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyLog));
        }
    }

    [Fact]
    public async Task A_resumed_session_can_be_read()
    {
        await mbedTls.BuildAsync();
        var seen = await CaptureAsync(async line =>
        {
            var lines = await mbedTls.RunAsync(_pki, line.EndPoint.Port, ["--steps", "request,resume,request"]);
            Assert.Equal(["full", "resumed"], lines.Where(one => one.Word == "handshake").Select(one => one["kind"]));
        });
        Assert.Equal(["2 t 4", "68  ", "2 t 4", "68  "], seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0A0B0C")]
    public async Task A_connection_with_connection_ids_can_be_read_before_and_after_it_moved(string own)
    {
        var seen = await CaptureAsync(async line =>
        {
            using var device = OwnDevice.Of(line.EndPoint, _pki.Demo.Device(1), Convert.FromHexString(own));
            await device.ConnectAsync();
            Assert.Equal("2.04", await device.PostAsync("here"));
            line.Rebind();
            Assert.Equal("2.04", await device.PostAsync("there"));
        });
        Assert.Equal(["2 t 4", "68  ", "2 t 5", "68  "], seen);
    }

    /// <summary>Code, path and bytes of payload of each CoAP message that tshark finds in what was forwarded.</summary>
    private async Task<IReadOnlyList<string>> CaptureAsync(Func<LossyForwarder, Task> traffic)
    {
        var tshark = InstalledProgram.Find("tshark");
        var capture = _pki["capture.pcap"];
        await using (var broker = await MosquittoBroker.StartAsync(_pki))
        await using (var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, $"--Listen:KeyLog={KeyLog}"))
        {
            Assert.Single(worker.LogLines($"THE SECRETS OF ALL CONNECTIONS ARE WRITTEN TO {KeyLog}"));
            using var file = new PcapFile(capture);
            await using var line = new LossyForwarder(worker.EndPoint, record: file);
            await traffic(line);
        }

        await using var analysis = ChildProcess.Start(
            tshark,
            [
                "-r", capture, "-o", $"tls.keylog_file:{KeyLog}", "-Y", "coap && coap.code != 0", "-T", "fields", "-E", "separator=/s",
                "-e", "coap.code", "-e", "coap.opt.uri_path", "-e", "coap.payload_length",
            ]);
        var code = await analysis.WaitForExitAsync(TimeSpan.FromSeconds(60));
        Assert.True(code == 0, analysis.Output);
        return [.. analysis.Lines.Where(one => one.Length > 0 && char.IsAsciiDigit(one[0]))];
    }
}
