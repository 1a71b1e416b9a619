namespace CoapBridge.Interop.Tests.Harness;

/// <summary>One of <c>coapbridge</c>'s commands, run to its end.</summary>
/// <param name="ExitCode">What it ended with.</param>
/// <param name="Output">All that it said.</param>
internal sealed record CommandRun(int ExitCode, string Output)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>How the built program is called.</summary>
    /// <summary>The built one or, with <c>PACKAGED_PROGRAM</c>, that of an unpacked package, which is trimmed and compiled ahead of time.</summary>
    public static string[] Program => Environment.GetEnvironmentVariable("PACKAGED_PROGRAM") is { } packaged ? [packaged]
        : [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "coapbridge.dll")];

    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What is typed, all of it at once; then the end.</param>
    /// <param name="under">A program that runs it, with its arguments.</param>
    public static async Task<CommandRun> OfAsync(IReadOnlyList<string> arguments, string input = "", IReadOnlyList<string>? under = null)
    {
        string[] line = [.. under ?? [], .. Program, .. arguments];
        return await OfLineAsync(line, input);
    }

    /// <summary>As <see cref="OfAsync"/>, for a whole command line.</summary>
    public static async Task<CommandRun> OfLineAsync(IReadOnlyList<string> line, string input)
    {
        await using var child = ChildProcess.Start(line[0], line.Skip(1));
        await child.Input.WriteAsync(input);
        child.Input.Close();
        return new CommandRun(await child.WaitForExitAsync(_patience), child.Output);
    }

    /// <summary>A configuration for commands, of the gateways that tests start in this folder: they share its state directory.</summary>
    public static string Configuration(TestPki pki, int brokerPort)
    {
        var file = pki["commands.json"];
        File.WriteAllText(file, $$"""
            {
              "Identity": { "CloudCa": "ca.pem" }, "Listen": { "Endpoints": ["127.0.0.1:0"] },
              "Upstream": { "Mqtt": { "Host": "localhost", "Port": {{brokerPort}} } }, "Admin": { "Listen": "127.0.0.1:0" }
            }
            """);
        return file;
    }
}
