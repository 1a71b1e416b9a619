using CoapBridge.Options;
using CoapBridge.Status;
using CoapBridge.Telemetry;

namespace CoapBridge;

/// <summary><c>coapbridge run</c>: check everything, then run until stopped.</summary>
internal static class RunCommand
{
    public static async Task<ExitCode> ExecuteAsync(string file, IEnumerable<string> settings)
    {
        var errors = new List<OptionsError>();
        using var startup = Startup.Prepare(file, Environment.GetEnvironmentVariables(), settings, errors);
        if (startup is null)
        {
            return await TellAsync(errors).ConfigureAwait(false);
        }

        using var problems = new RecentProblems(TimeProvider.System);
        using var logs = LogSetup.Create(problems);
        await using var worker = await Worker.StartAsync(startup, logs, problems, errors).ConfigureAwait(false);
        return worker is null ? await TellAsync(errors).ConfigureAwait(false) : await worker.RunAsync().ConfigureAwait(false);
    }

    private static async Task<ExitCode> TellAsync(List<OptionsError> errors)
    {
        foreach (var error in errors)
        {
            await Console.Error.WriteLineAsync(error.ToString()).ConfigureAwait(false);
        }

        await Console.Error.WriteLineAsync($"coapbridge: not started, {errors.Count} configuration {(errors.Count == 1 ? "error" : "errors")}").ConfigureAwait(false);
        return ExitCode.Configuration;
    }
}
