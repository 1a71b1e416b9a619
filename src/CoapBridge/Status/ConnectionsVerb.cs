using System.CommandLine;
using CoapBridge.Help;

namespace CoapBridge.Status;

/// <summary><c>coapbridge connections</c> on the command line.</summary>
internal static class ConnectionsVerb
{
    public static Command Create()
    {
        var name = new Option<string>("--device") { Description = "Only devices with this in their name, in any case.", HelpName = "NAME" };
        var json = new Option<bool>("--json") { Description = "For programs." };
        var connections = new Verb("connections", "Who is connected to the gateway that runs.")
        {
            Details = """
                Each device's name, address, since when it is connected, when it was heard of last, its messages, and how long its certificate is still good. It asks at Admin:Listen, and changes nothing. At most 10,000 are listed; a part of a name finds each.
                """,
            Examples =
            [
                ("coapbridge connections", "everybody"),
                ("coapbridge connections --device sensor-17 --json", "one device, for programs"),
            ],
            Files = [("FILE", "the configuration, of which Admin:Listen is needed")],
            ExitCodes = [(0, "listed, if only that there is none"), (1, "no gateway answers"), (2, "the configuration is not right")],
        };
        connections.Add(CommandLine.Config);
        connections.Add(name);
        connections.Add(json);
        connections.Add(CommandLine.Settings);
        connections.SetAction((result, stop) => ConnectionsCommand.ExecuteAsync(
            result.GetValue(name), result.GetValue(json), CommandLine.Configuration(result), Console.Out, Console.Error, stop));
        return connections;
    }
}
