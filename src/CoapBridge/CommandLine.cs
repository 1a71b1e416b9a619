using System.CommandLine;
using System.Net;
using CoapBridge.Check;
using CoapBridge.Explain;
using CoapBridge.Identity;
using CoapBridge.Options;

namespace CoapBridge;

/// <summary>The commands of <c>coapbridge</c>, with their help.</summary>
internal static class CommandLine
{
    private static readonly Option<string> _config = new("--config", "-c")
    {
        Description = "The configuration file (JSON, comments allowed). Paths in it are relative to its folder.",
        HelpName = "FILE",
        Required = true,
    };

    public static RootCommand Create() =>
        new("CoapBridge: CoAP over DTLS from devices with X.509 certificates to an MQTT 5 broker over mutual TLS.")
        {
            Run(),
            Check(),
            new Command("cert", "About devices' certificates.") { Explain() },
            new Command("policy", "About the access policy.") { Test() },
        };

    private static Command Run()
    {
        var run = new Command("run", """
            Runs the gateway until SIGTERM or Ctrl-C.

            Settings come from the file, then from environment variables COAPBRIDGE_Section__Key (a list is comma-separated and
            replaces the whole list), then from the command line as --Section:Key=value; the later one wins. Every error is told
            at once, and nothing is started. SIGHUP reads everything again; a changed certificate, list or policy is noticed by itself.

              coapbridge run --config /etc/coapbridge/appsettings.json
              coapbridge run --config appsettings.json --Listen:Endpoints=127.0.0.1:5684 --Admin:Listen=127.0.0.1:9465

            Exit codes: 0 stopped, 1 failed while running, 2 configuration.
            """) { _config };
        run.TreatUnmatchedTokensAsErrors = false;
        run.SetAction(async (result, _) => (int)await RunCommand.ExecuteAsync(result.GetRequiredValue(_config), result.UnmatchedTokens).ConfigureAwait(false));
        return run;
    }

    private static Command Check()
    {
        var json = new Option<bool>("--json") { Description = "For programs." };
        var check = new Command("check", """
            Tells what is wrong before the service starts: configuration, certificates, clock, addresses, and the way to the broker and back,
            as {ClientId}-check. It never disturbs a gateway that is running. Run it as the user of the service.

              coapbridge check --config /etc/coapbridge/appsettings.json
              sudo -u coapbridge coapbridge check --config /etc/coapbridge/appsettings.json --json

            Exit codes: 0 all is well, 1 something should be looked at, 2 something does not work.
            """) { _config, json };
        check.TreatUnmatchedTokensAsErrors = false;
        check.SetAction((result, stop) => CheckAsync(Configuration(result), result.GetValue(json), stop));
        return check;
    }

    private static Command Explain()
    {
        var file = new Argument<string>("FILE") { Description = "The device's certificate: PEM with its intermediates after it, or DER." };
        var explain = new Command("explain", """
            Would a device with this certificate be let in, and if not, why: each rule, the name it would have, what it might do, and which
            alert it would see.

              coapbridge cert explain sensor-17.pem --config /etc/coapbridge/appsettings.json

            Exit codes: 0 it would be let in, 1 it would be refused, 2 configuration.
            """) { file, _config };
        explain.TreatUnmatchedTokensAsErrors = false;
        explain.SetAction(result => ExplainCommands.Certificate(
            result.GetRequiredValue(file), Configuration(result), Console.Out, DateTimeOffset.UtcNow));
        return explain;
    }

    private static Command Test()
    {
        var device = new Option<string>("--device") { Description = "The device's name.", HelpName = "NAME" };
        var certificate = new Option<string>("--certificate") { Description = "Its certificate instead of its name, for policies that ask what is in it.", HelpName = "FILE" };
        var action = new Option<PolicyAction>("--action") { Description = "Publish, Retain, Get, Observe, Command or Call.", Required = true };
        var topic = new Option<string>("--topic") { Description = "The whole topic, as it would be published.", HelpName = "TOPIC", Required = true };
        var address = new Option<IPAddress?>("--address")
        {
            Description = "Where the device is; left out, it is not known.",
            HelpName = "IP",
            CustomParser = result => IPAddress.TryParse(result.Tokens[0].Value, out var value) ? value : Fail(result),
        };
        var time = new Option<DateTimeOffset?>("--time") { Description = "When; left out, now.", HelpName = "TIME" };
        var test = new Command("test", """
            May a device do this, and which statement of the access policy says so.

              coapbridge policy test --device sensor-17 --action Publish --topic devices/sensor-17/t --config appsettings.json
              coapbridge policy test --certificate sensor-17.pem --action Retain --topic plants/7 --address 192.0.2.7 --config appsettings.json

            Exit codes: 0 it may, 1 it may not, 2 configuration.
            """) { device, certificate, action, topic, address, time, _config };
        test.TreatUnmatchedTokensAsErrors = false;
        test.SetAction(result => ExplainCommands.Policy(
            new PolicyQuestion(
                result.GetValue(device), result.GetValue(certificate), result.GetRequiredValue(action), result.GetRequiredValue(topic),
                result.GetValue(address), result.GetValue(time)),
            Configuration(result), Console.Out, DateTimeOffset.UtcNow));
        return test;
    }

    private static async Task<int> CheckAsync(Func<ICollection<OptionsError>, BridgeOptions> readOptions, bool asJson, CancellationToken stop)
    {
        var report = await new GatewayCheck(TimeProvider.System).RunAsync(readOptions, stop).ConfigureAwait(false);
        await Console.Out.WriteLineAsync(asJson ? report.ToJson() : report.ToText().TrimEnd()).ConfigureAwait(false);
        return report.ExitCode;
    }

    /// <summary>The file, the environment and the rest of the command line.</summary>
    private static Func<ICollection<OptionsError>, BridgeOptions> Configuration(ParseResult result) => errors =>
        OptionsLoader.Load(result.GetRequiredValue(_config), Environment.GetEnvironmentVariables(), result.UnmatchedTokens, errors);

    private static IPAddress? Fail(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"--address must be an IP address, not {result.Tokens[0].Value}");
        return null;
    }
}
