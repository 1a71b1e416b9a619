using System.CommandLine;

namespace CoapBridge.Tools.Load;

/// <summary>The verb <c>load</c>: many devices at once, to see what a gateway can take.</summary>
public static class LoadCommand
{
    public static Command Create()
    {
        var uri = new Argument<string>("URI") { Description = "coaps://host[:port]/path[?query]: where each message goes, such as coaps://gateway/t/load" };
        var issuer = new Option<DirectoryInfo>("--issuer") { Description = "a folder with ca.pem and ca.key; each device gets a certificate of it, made now", HelpName = "DIR" };
        var certificates = new Option<DirectoryInfo>("--certs") { Description = "a folder with a name.pem and a name.key for each device", HelpName = "DIR" };
        var ca = new Option<FileInfo>("--ca") { Description = "the CA that the gateway's certificate must end in (PEM); with --issuer its ca.pem is the default", HelpName = "FILE" };
        var prefix = new Option<string>("--name") { Description = "with --issuer, the devices are called NAME1, NAME2, …", HelpName = "NAME", DefaultValueFactory = _ => "load-" };
        var devices = Number("--devices", "N", "how many devices", 100);
        var mode = new Option<LoadMode>("--mode") { Description = "traffic: connect and send; handshake: connect again and again; resume: the same with the first session", HelpName = "traffic|handshake|resume" };
        var duration = Number("--duration", "SECONDS", "how long; 0: until Ctrl-C", 30, minimum: 0);
        var ramp = Number("--ramp", "SECONDS", "the devices come one after the other over this time", 0, minimum: 0);
        var atATime = Number("--at-a-time", "N", "handshakes under way at once", 50);
        var rate = new Option<double>("--rate") { Description = "messages (handshakes, in the other modes) a second over all devices; 0: as fast as the window allows", HelpName = "N" };
        var window = Number("--window", "N", "messages of one device under way at once, 1 to 255", 1, maximum: 255);
        var size = Number("--payload-size", "BYTES", "of each message, up to 1024", 100, minimum: 0, maximum: 1024);
        var non = new Option<bool>("--non") { Description = "send NON instead of CON" };
        var noIds = new Option<bool>("--no-cid") { Description = "do not offer Connection IDs" };
        var threads = Number("--threads", "N", "threads of this program; one is enough for 10,000 messages a second", 1, maximum: 64);
        var json = new Option<bool>("--json") { Description = "the summary as JSON; the line of each second then goes to standard error" };
        var command = new Command("load", "Be thousands of devices, to see what a gateway can take: a line a second, then percentiles")
        {
            uri, issuer, certificates, ca, prefix, devices, mode, duration, ramp, atATime, rate, window, size, non, noIds, threads, json,
        };
        command.SetAction((parsed, stopping) => new LoadCall(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error)
        {
            Uri = parsed.GetRequiredValue(uri),
            Issuer = parsed.GetValue(issuer)?.FullName,
            Certificates = parsed.GetValue(certificates)?.FullName,
            Authority = parsed.GetValue(ca)?.FullName,
            Name = parsed.GetValue(prefix)!,
            Devices = parsed.GetResult(devices) is { Implicit: false } ? parsed.GetValue(devices) : null,
            Json = parsed.GetValue(json),
            Plan = new LoadPlan
            {
                Mode = parsed.GetValue(mode),
                Duration = parsed.GetValue(duration) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null,
                Ramp = TimeSpan.FromSeconds(parsed.GetValue(ramp)),
                AtATime = parsed.GetValue(atATime),
                Rate = parsed.GetValue(rate) is > 0 and var perSecond ? perSecond : null,
                Window = parsed.GetValue(window),
                ConnectionIds = !parsed.GetValue(noIds),
                Confirmable = !parsed.GetValue(non),
                PayloadSize = parsed.GetValue(size),
                Threads = parsed.GetValue(threads),
            },
        }.RunAsync(stopping));
        return command;
    }

    private static Option<int> Number(string name, string unit, string description, int preset, int minimum = 1, int maximum = int.MaxValue)
    {
        var option = new Option<int>(name) { Description = description, HelpName = unit, DefaultValueFactory = _ => preset };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && (value < minimum || value > maximum))
            {
                result.AddError(maximum == int.MaxValue ? $"{name} must be at least {minimum}" : $"{name} must be {minimum} to {maximum}");
            }
        });
        return option;
    }
}
