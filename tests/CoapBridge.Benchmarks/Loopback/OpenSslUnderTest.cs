using System.Diagnostics;
using System.Globalization;
using System.Net;
using CoapBridge.Benchmarks.Support;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>The C peer that can resume: a server of ours on OpenSSL, compiled here. libcoap's refuses resumption.</summary>
internal sealed class OpenSslUnderTest : ServerUnderTest
{
    private readonly ForeignProcess _process;

    private OpenSslUnderTest(ForeignProcess process)
        : base("OpenSSL in C") => _process = process;

    /// <summary>Null where there is no C compiler, or no OpenSSL to compile with (packages gcc, libssl-dev).</summary>
    public static async Task<OpenSslUnderTest?> StartAsync(Fleet fleet, string folder)
    {
        var program = Path.Combine(folder, "dtls-server");
        var source = Path.Combine(AppContext.BaseDirectory, "Loopback", "dtls-server.c");
        if (!await CompileAsync(source, program))
        {
            return null;
        }

        var port = Ports.FreeUdp();
        var process = ForeignProcess.Start(
            program,
            [
                port.ToString(CultureInfo.InvariantCulture),
                Path.Combine(folder, "gateway.pem"), Path.Combine(folder, "gateway.key"), Path.Combine(folder, "ca.pem"),
            ])!;
        await Task.Delay(500);
        return new OpenSslUnderTest(process)
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, port), ProcessId = process.Id, Verifier = new PinnedVerifier(fleet.Pki.Gateway.Der),
        };
    }

    public override ValueTask DisposeAsync()
    {
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<bool> CompileAsync(string source, string program)
    {
        try
        {
            using var compiler = Process.Start("cc", ["-O2", "-o", program, source, "-lssl", "-lcrypto"]);
            await compiler.WaitForExitAsync();
            return compiler.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
