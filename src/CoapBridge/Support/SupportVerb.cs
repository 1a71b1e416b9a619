using System.CommandLine;
using CoapBridge.Help;

namespace CoapBridge.Support;

/// <summary><c>coapbridge support-bundle</c> on the command line.</summary>
internal static class SupportVerb
{
    public static Command Create()
    {
        var file = new Option<string?>("--out", "-o") { Description = "The archive; left out, coapbridge-support-TIME.tar.gz in this folder.", HelpName = "FILE" };
        var bundle = new Verb("support-bundle", "Writes one archive with what somebody needs to help you, without keys, passwords or payloads, and says what is in it.")
        {
            Details = "The configuration with secrets hidden, versions, certificates, what coapbridge check says, and of a gateway that runs its metrics, status and log. Works without one, too.",
            Examples = [("sudo coapbridge support-bundle", "before you write to somebody that it does not work")],
            Files =
            [
                ("the configuration", "and every file that it names, but of private keys and PINs nothing"),
                ("FILE", "is written, for its owner only; never replaced"),
            ],
            ExitCodes = [(0, "written"), (1, "not written; the output says why"), (2, "the command line is not right")],
        };
        bundle.Add(file);
        bundle.Add(CommandLine.Config);
        bundle.Add(CommandLine.Settings);
        bundle.SetAction((result, stop) => new SupportCommand(
            result.GetRequiredValue(CommandLine.Config), Environment.GetEnvironmentVariables(), result.GetValue(CommandLine.Settings) ?? [], Console.Out)
            .RunAsync(result.GetValue(file), stop));
        return bundle;
    }
}
