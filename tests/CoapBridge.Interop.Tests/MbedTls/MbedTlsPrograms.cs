using CoapBridge.Interop.Tests.Harness;

[assembly: AssemblyFixture(typeof(CoapBridge.Interop.Tests.MbedTls.MbedTlsPrograms))]

namespace CoapBridge.Interop.Tests.MbedTls;

/// <summary>The client of tests/interop/mbedtls, built once with the system's compiler, when the first test wants it.</summary>
public sealed class MbedTlsPrograms : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("coapbridge-mbedtls-").FullName;
    private Task<string?>? _building;

    private string Program => Path.Combine(_folder, "client");

    /// <summary>Runs the client to its end and tells its results; without a compiler or the library the test is skipped.</summary>
    internal async Task<IReadOnlyList<ResultLine>> RunAsync(WorkerFixture fixture, string[] options, string? device = "device-1")
    {
        await BuildAsync();
        await fixture.StartAsync();
        return await RunAsync(fixture.Pki, fixture.Worker.EndPoint.Port, options, device);
    }

    internal async Task<IReadOnlyList<ResultLine>> RunAsync(TestPki pki, int port, string[] options, string? device = "device-1")
    {
        await BuildAsync();
        string[] certificate = device is null ? [] : ["--cert", pki[device + ".pem"], "--key", pki[device + ".key"]];
        await using var child = ChildProcess.Start(
            Program, ["--host", "127.0.0.1", "--port", $"{port}", "--ca", pki["ca.pem"], .. certificate, .. options]);
        var code = await child.WaitForExitAsync(TimeSpan.FromSeconds(120));
        Assert.True(code == 0, child.Output);
        return ResultLine.ParseAll(child.Lines);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    internal async Task BuildAsync()
    {
        lock (_gate)
        {
            _building ??= BuildOnceAsync();
        }

        if (await _building is { } missing)
        {
            Assert.Skip(missing);
        }
    }

    /// <returns>What is missing; null when it is built.</returns>
    private async Task<string?> BuildOnceAsync()
    {
        var compiler = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, "cc")).FirstOrDefault(File.Exists);
        if (compiler is null)
        {
            return "cc is not installed";
        }

        var (code, macros) = await RunAsync(compiler, "-x", "c", "-dM", "-E", "-include", "mbedtls/version.h", "/dev/null");
        if (code != 0)
        {
            return "libmbedtls-dev is not installed";
        }

        if (!macros.Contains("#define MBEDTLS_VERSION_MAJOR 2\n", StringComparison.Ordinal))
        {
            return "libmbedtls-dev is not mbedTLS 2.28";
        }

        (code, var output) = await RunAsync(
            compiler, "-std=c11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-o", Program,
            RepositoryFolder.Find("tests", "interop", "mbedtls", "client.c"), "-lmbedtls", "-lmbedx509", "-lmbedcrypto");
        Assert.True(code == 0, output);
        return null;
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        await using var child = ChildProcess.Start(program, arguments);
        var code = await child.WaitForExitAsync(TimeSpan.FromSeconds(60));
        return (code, child.Output + '\n');
    }
}
