using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Mosquitto;

/// <summary>Finds and starts mosquitto, mosquitto_pub and mosquitto_sub.</summary>
internal static class MosquittoPrograms
{
    public static string Find(string name) => InstalledProgram.Find(name);

    public static Process Start(string name, params string[] arguments) => Process.Start(new ProcessStartInfo(Find(name), arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Waits for the end of a program and tells its exit code and output.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string name, params string[] arguments)
    {
        using var process = Start(name, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Until something listens there.</summary>
    public static async Task WaitForAsync(int port)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException) when (attempt < 100)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }
}
