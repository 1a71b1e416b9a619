using System.CommandLine;
using CoapBridge.Check;
using CoapBridge.Help;

namespace CoapBridge.Init;

/// <summary><c>coapbridge init</c> on the command line.</summary>
internal static class InitVerb
{
    public static Command Create()
    {
        var config = new Option<string?>("--config", "-c") { Description = $"The file to write; left out, {CommandLine.DefaultConfig} if there is such a folder, else ./appsettings.json.", HelpName = "FILE" };
        var certificate = Text("--certificate", "The gateway's certificate, its intermediates after it.", "FILE");
        var key = Text("--key", "Its private key; or a pkcs11: URI.", "FILE");
        var ca = Text("--ca", "The CA of the devices.", "FILE");
        var serverCa = Text("--server-ca", "The CA of the broker, if it is another one.", "FILE");
        var clientId = Text("--client-id", "The gateway's name at the broker; left out, the one in its certificate.", "NAME");
        var protocol = Text("--protocol", "What the broker speaks: mqtt or amqp (0.9.1); left out, mqtt.", "PROTOCOL");
        var virtualHost = Text("--virtual-host", "With amqp, the virtual host; left out, /.", "NAME");
        var exchange = Text("--exchange", "With amqp, the topic exchange; left out, amq.topic.", "NAME");
        var broker = Text("--broker", "The broker; port 8883, with amqp 5671, if none is said.", "HOST[:PORT]");
        var listen = Text("--listen", "Where devices come in, comma-separated; left out, port 5684 of every address.", "ADDRESS:PORT");
        var yes = new Option<bool>("--yes", "-y") { Description = "Ask nothing: take the options and the defaults." };
        var force = new Option<bool>("--force") { Description = "Replace a file that is there; the old one is kept beside it as .old." };
        var init = new Verb("init", "Asks for the broker, the certificate files and the CA of the devices, tests each at once, and writes a configuration.")
        {
            Details = "What is given as an option is not asked for. An answer that does not do is asked for again, with the reason. Answers may also come from a file or a pipe, a line each.",
            Examples =
            [
                ("sudo coapbridge init", "the first thing after the installation"),
                ("coapbridge init --config gateway.json --certificate pki/gateway.pem --key pki/gateway.key --ca pki/ca.pem --broker localhost --yes", "for scripts"),
                ("sudo coapbridge init --protocol amqp", "with RabbitMQ by AMQP 0.9.1"),
            ],
            Files = [("FILE", "is written, for its owner only, or for root and the group of its folder; never replaced without asking, unless it is as the package brought it")],
            ExitCodes = [(0, "written, and all tests were well"), (1, "written, but the broker could not be reached or refused the gateway"), (2, "nothing was written")],
        };
        foreach (var option in new Option[] { config, certificate, key, ca, serverCa, protocol, virtualHost, exchange, clientId, broker, listen, yes, force })
        {
            init.Add(option);
        }

        init.SetAction((result, stop) => new InitCommand(
            new InitAnswers(result.GetValue(config) ?? DefaultFile(), result.GetValue(force), !result.GetValue(yes))
            {
                Certificate = result.GetValue(certificate),
                Key = result.GetValue(key),
                Ca = result.GetValue(ca),
                ServerCa = result.GetValue(serverCa),
                Protocol = result.GetValue(protocol),
                VirtualHost = result.GetValue(virtualHost),
                Exchange = result.GetValue(exchange),
                ClientId = result.GetValue(clientId),
                Broker = result.GetValue(broker),
                Listen = result.GetValue(listen),
            },
            Console.In, Console.Out, Console.IsInputRedirected, ServiceUser.Packaged).RunAsync(stop));
        return init;
    }

    private static string DefaultFile() =>
        Directory.Exists(Path.GetDirectoryName(CommandLine.DefaultConfig)) ? CommandLine.DefaultConfig : "appsettings.json";

    private static Option<string?> Text(string name, string description, string value) => new(name) { Description = description, HelpName = value };
}
