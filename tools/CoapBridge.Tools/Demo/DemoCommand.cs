using System.CommandLine;

namespace CoapBridge.Tools.Demo;

/// <summary>The verb <c>demo</c>.</summary>
public static class DemoCommand
{
    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "end after the round trips; exit code 0 only if all went as it should" };
        var keep = new Option<DirectoryInfo>("--keep")
        {
            Description = "write certificates and configuration there, and leave them; otherwise a temporary folder, removed at the end",
            HelpName = "DIR",
        };
        var command = new Command("demo", "See it work: certificates, a broker, a gateway and three devices on loopback, until Ctrl-C") { once, keep };
        command.SetAction((parsed, stopping) =>
        {
            var run = new DemoRun(parsed.InvocationConfiguration.Output, parsed.GetValue(keep)?.FullName);
            return run.RunAsync(parsed.GetValue(once), stopping);
        });
        return command;
    }
}
