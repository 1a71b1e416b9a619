using System.CommandLine;
using CoapBridge.Help;

namespace CoapBridge.Check;

/// <summary><c>coapbridge check</c> on the command line.</summary>
internal static class CheckVerb
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "For programs." };
        var check = new Verb("check", "Tells what is wrong before the service starts, and what to do about it.")
        {
            Details = """
                It looks at the configuration, the certificates, the clock and the addresses, and sends a message to the broker and back as {ClientId}-check. It never disturbs a gateway that is running. Run it as the user of the service; root reads every file, and is told only of /etc/coapbridge/appsettings.json whether user coapbridge could read what that names.
                """,
            Examples =
            [
                ("coapbridge check --config /etc/coapbridge/appsettings.json", "before the first start, and when something is odd"),
                ("sudo -u coapbridge coapbridge check --json", "as the service's user, for programs"),
            ],
            Files = [("FILE", "the configuration, and every file that it names")],
            ExitCodes = [(0, "all is well"), (1, "it works, but something should be looked at"), (2, "something does not work")],
        };
        check.Add(CommandLine.Config);
        check.Add(json);
        check.Add(CommandLine.Settings);
        check.SetAction(async (result, stop) =>
        {
            var report = await new GatewayCheck(TimeProvider.System, ServiceUser.Packaged).RunAsync(CommandLine.Configuration(result), stop).ConfigureAwait(false);
            await Console.Out.WriteLineAsync(result.GetValue(json) ? report.ToJson() : report.ToText().TrimEnd()).ConfigureAwait(false);
            return report.ExitCode;
        });
        return check;
    }
}
