using System.CommandLine;
using CoapBridge.Coap;

namespace CoapBridge.Tools.Device;

/// <summary>The verb <c>device</c>: one request, or some, as a device would send them.</summary>
public static class DeviceCommand
{
    public static Command Create() => new("device", "Talk to a gateway as a device would: a DTLS handshake, a CoAP request, the answer")
    {
        CreateMethod("post", CoapCode.Post, "Send a measurement or an event"),
        CreateMethod("get", CoapCode.Get, "Ask for a value"),
        CreateMethod("put", CoapCode.Put, "Set a state"),
        CreateMethod("delete", CoapCode.Delete, "Clear a state"),
        CreateMethod("observe", CoapCode.Get, "Be told a value and each change of it, until Ctrl-C", observes: true),
    };

    private static Command CreateMethod(string name, CoapCode method, string description, bool observes = false)
    {
        var uri = new Argument<string>("URI") { Description = "coaps://host[:port]/path[?query]; the gateway's certificate must name the host" };
        var certificate = File("--cert", "the device's certificate (PEM), leaf first, then intermediates", required: true);
        var key = File("--key", "its private key (PEM, EC or RSA)", required: true);
        var authorities = File("--ca", "the CA that the gateway's certificate must end in (PEM)", required: true);
        var payload = new Option<string>("--payload", "-e") { Description = "the payload as text", HelpName = "TEXT" };
        var file = File("--payload-file", "the payload from a file, as it is", required: false);
        var format = new Option<uint?>("--content-format") { Description = "Content-Format: 0 text, 50 JSON, 60 CBOR, …", HelpName = "N" };
        var non = new Option<bool>("--non") { Description = "send a NON instead of a CON" };
        var timeout = Number("--timeout", "SECONDS", "how long the handshake, and then each answer, may take", 30);
        var repeat = Number("--repeat", "N", "how many requests, one after the other", 1);
        var interval = Number("--interval", "MS", "pause between them", 1000, minimum: 0);
        var reconnect = new Option<bool>("--reconnect") { Description = "close after each request and resume the session before the next" };
        var count = new Option<int>("--count") { Description = "end after this many values; 0: go on", HelpName = "N" };
        var blockSize = BlockSize();
        var verbose = new Option<bool>("--verbose", "-v") { Description = "tell of each datagram and message, on standard error" };
        var command = new Command(name, description) { uri, certificate, key, authorities };
        Option[] own = observes ? [count] : [payload, file, format, repeat, interval, reconnect];
        foreach (var option in (Option[])[.. own, non, blockSize, timeout, verbose])
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, stopping) =>
        {
            var call = new DeviceCall(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error)
            {
                Method = method,
                Uri = parsed.GetRequiredValue(uri),
                CertificateFile = parsed.GetRequiredValue(certificate).FullName,
                KeyFile = parsed.GetRequiredValue(key).FullName,
                AuthorityFile = parsed.GetRequiredValue(authorities).FullName,
                Payload = parsed.GetValue(payload),
                PayloadFile = parsed.GetValue(file)?.FullName,
                ContentFormat = parsed.GetValue(format),
                Confirmable = !parsed.GetValue(non),
                Timeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                Repeat = parsed.GetValue(repeat),
                Observe = observes ? parsed.GetValue(count) : null,
                BlockSize = parsed.GetValue(blockSize),
                Interval = TimeSpan.FromMilliseconds(parsed.GetValue(interval)),
                Reconnect = parsed.GetValue(reconnect),
                Verbose = parsed.GetValue(verbose),
            };
            return call.RunAsync(stopping);
        });
        return command;
    }

    private static Option<FileInfo> File(string name, string description, bool required) =>
        new(name) { Description = description, Required = required, HelpName = "FILE" };

    private static Option<int> BlockSize()
    {
        var option = new Option<int>("--block-size")
        {
            Description = "bytes of the blocks of a long payload: 16, 32, … 1024", HelpName = "N", DefaultValueFactory = _ => 1024,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var size) && !(size is >= 16 and <= 1024 && int.IsPow2(size)))
            {
                result.AddError("--block-size must be 16, 32, 64, 128, 256, 512 or 1024");
            }
        });
        return option;
    }

    private static Option<int> Number(string name, string unit, string description, int preset, int minimum = 1)
    {
        var option = new Option<int>(name) { Description = description, HelpName = unit, DefaultValueFactory = _ => preset };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value < minimum)
            {
                result.AddError($"{name} must be at least {minimum}");
            }
        });
        return option;
    }
}
