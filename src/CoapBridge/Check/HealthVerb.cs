using System.CommandLine;
using CoapBridge.Help;

namespace CoapBridge.Check;

/// <summary><c>coapbridge health</c>: for containers, in which there is no other program that could ask.</summary>
internal static class HealthVerb
{
    public static Command Create()
    {
        var health = new Verb("health", "Asks the running gateway whether its loops turn.")
        {
            Details = "It reads /healthz at Admin:Listen, and says what is stuck. For the health check of a container.",
            Examples = [("coapbridge health --config /etc/coapbridge/appsettings.json", "as Containerfile does")],
            Files = [("FILE", "the configuration")],
            ExitCodes = [(0, "they turn"), (1, "one is stuck, or nobody answers"), (2, "configuration")],
        };
        health.Add(CommandLine.Config);
        health.Add(CommandLine.Settings);
        health.SetAction(async (result, stop) =>
        {
            if (CommandLine.ReadConfiguration(result) is not { } options)
            {
                return (int)ExitCode.Configuration;
            }

            var answer = await RunningGateway.GetAsync(options.Admin.Listen, "/healthz", stop).ConfigureAwait(false);
            await Console.Out.WriteAsync(answer).ConfigureAwait(false);
            return answer == "ok\n" ? (int)ExitCode.Stopped : (int)ExitCode.Failed;
        });
        return health;
    }
}
