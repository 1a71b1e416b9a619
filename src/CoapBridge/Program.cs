using System.CommandLine;
using CoapBridge;

var config = new Option<string>("--config", "-c")
{
    Description = "The configuration file (JSON, comments allowed). Paths in it are relative to its folder.",
    HelpName = "FILE",
    Required = true,
};
var run = new Command("run", """
    Runs the gateway until SIGTERM or Ctrl-C.

    Settings come from the file, then from environment variables COAPBRIDGE_Section__Key (a list is comma-separated and
    replaces the whole list), then from the command line as --Section:Key=value; the later one wins. Every error is told
    at once, and nothing is started.

      coapbridge run --config /etc/coapbridge/appsettings.json
      coapbridge run --config appsettings.json --Listen:Endpoints=127.0.0.1:5684 --Admin:Listen=127.0.0.1:9465

    Exit codes: 0 stopped, 1 failed while running, 2 configuration.
    """)
{
    config,
};
run.TreatUnmatchedTokensAsErrors = false;
run.SetAction(async (result, _) => (int)await RunCommand.ExecuteAsync(result.GetRequiredValue(config), result.UnmatchedTokens));

var root = new RootCommand("CoapBridge: CoAP over DTLS from devices with X.509 certificates to an MQTT 5 broker over mutual TLS.") { run };
var command = root.Parse(args);
var exitCode = await command.InvokeAsync();
return command.Errors.Count > 0 ? (int)ExitCode.Configuration : exitCode;
