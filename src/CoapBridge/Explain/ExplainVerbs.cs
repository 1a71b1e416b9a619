using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using CoapBridge.Help;
using CoapBridge.Identity;

namespace CoapBridge.Explain;

/// <summary><c>coapbridge cert explain</c> and <c>coapbridge policy test</c> on the command line.</summary>
internal static class ExplainVerbs
{
    public static Command Certificate()
    {
        var file = new Argument<string>("FILE") { Description = "The device's certificate: PEM with its intermediates after it, or DER." };
        var explain = new Verb("explain", "Says whether a device with this certificate would be let in, and if not, why.")
        {
            Details = "Rule by rule, with the name that it would have, what it might do, and the alert that it would see.",
            Examples = [("coapbridge cert explain sensor-17.pem --config /etc/coapbridge/appsettings.json", "why is sensor-17 refused?")],
            Files = [("FILE", "the certificate"), ("the configuration", "with its CAs, lists and policy; not the private key")],
            ExitCodes = [(0, "it would be let in"), (1, "it would be refused"), (2, "the question or the configuration is not right")],
        };
        explain.Add(file);
        explain.Add(CommandLine.Config);
        explain.Add(CommandLine.Settings);
        explain.SetAction(result => ExplainCommands.Certificate(
            result.GetRequiredValue(file), CommandLine.Configuration(result), Console.Out, DateTimeOffset.UtcNow));
        return new Command("cert", "About devices' certificates.") { explain };
    }

    public static Command Policy()
    {
        var device = new Option<string>("--device") { Description = "The device's name.", HelpName = "NAME" };
        var certificate = new Option<string>("--certificate") { Description = "Its certificate instead of its name, for policies that ask what is in it.", HelpName = "FILE" };
        var action = new Option<PolicyAction>("--action") { Description = "Publish, Retain, Get, Observe, Command or Call.", HelpName = "ACTION", Required = true };
        var topic = new Option<string>("--topic") { Description = "The whole topic, as it would be published.", HelpName = "TOPIC", Required = true };
        var address = new Option<IPAddress?>("--address")
        {
            Description = "Where the device is; left out, it is not known.",
            HelpName = "IP",
            CustomParser = result => IPAddress.TryParse(result.Tokens[0].Value, out var value) ? value : Fail(result),
        };
        var time = new Option<DateTimeOffset?>("--time") { Description = "When; left out, now.", HelpName = "TIME" };
        var test = new Verb("test", "Says whether a device may do this, and which statement of the access policy decides.")
        {
            Examples =
            [
                ("coapbridge policy test --device sensor-17 --action Publish --topic devices/sensor-17/t", "may it publish telemetry?"),
                ("coapbridge policy test --certificate sensor-17.pem --action Retain --topic plants/7 --address 192.0.2.7", "for a policy that asks for more than the name"),
            ],
            Files = [("the configuration", "with its policy; with --certificate also its CAs and lists")],
            ExitCodes = [(0, "it may"), (1, "it may not"), (2, "the question or the configuration is not right")],
        };
        foreach (var option in new Option[] { device, certificate, action, topic, address, time, CommandLine.Config })
        {
            test.Add(option);
        }

        test.Add(CommandLine.Settings);
        test.SetAction(result => ExplainCommands.Policy(
            new PolicyQuestion(
                result.GetValue(device), result.GetValue(certificate), result.GetRequiredValue(action), result.GetRequiredValue(topic),
                result.GetValue(address), result.GetValue(time)),
            CommandLine.Configuration(result), Console.Out, DateTimeOffset.UtcNow));
        return new Command("policy", "About the access policy.") { test };
    }

    private static IPAddress? Fail(ArgumentResult result)
    {
        result.AddError($"--address must be an IP address, not {result.Tokens[0].Value}");
        return null;
    }
}
