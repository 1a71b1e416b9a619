using System.CommandLine;
using CoapBridge.Check;
using CoapBridge.Explain;
using CoapBridge.Help;
using CoapBridge.Init;
using CoapBridge.Options;
using CoapBridge.OutboxVerbs;
using CoapBridge.Status;
using CoapBridge.Support;

namespace CoapBridge;

/// <summary>The commands of <c>coapbridge</c>, with their help.</summary>
internal static class CommandLine
{
    public const string DefaultConfig = "/etc/coapbridge/appsettings.json";

    /// <summary>For every command that goes by a configuration.</summary>
    public static Option<string> Config { get; } = new("--config", "-c")
    {
        Description = $"The configuration file (JSON, comments allowed); left out, {DefaultConfig}. Paths in it are relative to its folder.",
        HelpName = "FILE",
        DefaultValueFactory = _ => DefaultConfig,
    };

    /// <summary>Settings on the command line; they look like options, and come last.</summary>
    public static Argument<string[]> Settings { get; } = new("settings")
    {
        Description = "Wins over the file and the environment; a list is comma-separated and replaces the whole list. Put these last.",
        HelpName = "--Section:Key=value",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static RootCommand Create()
    {
        var root = new RootCommand("CoapBridge: CoAP over DTLS from devices with X.509 certificates to an MQTT broker over mutual TLS.")
        {
            InitVerb.Create(),
            Run(),
            CheckVerb.Create(),
            HealthVerb.Create(),
            ConnectionsVerb.Create(),
            ExplainVerbs.Certificate(),
            ExplainVerbs.Policy(),
            OutboxVerb.Create(),
            SupportVerb.Create(),
        };
        HelpPage.AddTo(root);
        return root;
    }

    /// <summary>The file, the environment and the rest of the command line.</summary>
    public static Func<ICollection<OptionsError>, BridgeOptions> Configuration(ParseResult result) => errors =>
        OptionsLoader.Load(result.GetRequiredValue(Config), Environment.GetEnvironmentVariables(), result.GetValue(Settings) ?? [], errors);

    /// <summary>The configuration; null, with every reason on standard error, when something is wrong with it.</summary>
    public static BridgeOptions? ReadConfiguration(ParseResult result)
    {
        var errors = new List<OptionsError>();
        var options = Configuration(result)(errors);
        foreach (var error in errors)
        {
            Console.Error.WriteLine(error.ToString());
        }

        return errors.Count == 0 ? options : null;
    }

    private static Verb Run()
    {
        var run = new Verb("run", "Runs the gateway until SIGTERM or Ctrl-C.")
        {
            Details = """
                Settings come from the file, then from environment variables COAPBRIDGE_Section__Key, then from the command line; the later one wins. Every error is told at once, and nothing is started then.
                SIGHUP reads everything again; a changed certificate, list or policy is noticed by itself. Connections stay.
                """,
            Examples =
            [
                ("coapbridge run --config /etc/coapbridge/appsettings.json", "as the service does"),
                ("coapbridge run --config appsettings.json --Listen:Endpoints=127.0.0.1:5684 --Admin:Listen=127.0.0.1:9465", "beside another one"),
            ],
            Files =
            [
                ("FILE", "the configuration, and every file that it names"),
                ("State:Directory", "outbox.db, connections.bin, state.key: what outlives a restart"),
            ],
            ExitCodes = [(0, "stopped"), (1, "failed while running"), (2, "the configuration is not right; nothing was started")],
        };
        run.Add(Config);
        run.Add(Settings);
        run.SetAction(async (result, _) => (int)await RunCommand.ExecuteAsync(result.GetRequiredValue(Config), result.GetValue(Settings) ?? []).ConfigureAwait(false));
        return run;
    }
}
