using System.CommandLine;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Tools.Broker;

/// <summary>The verb <c>broker</c>: runs a <see cref="DevelopmentBroker"/> on loopback until Ctrl-C.</summary>
public static class BrokerCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "TCP port on loopback; 0 takes a free one", DefaultValueFactory = _ => 8883 };
        var certificate = File("--cert", "the broker's certificate (PEM), leaf first, then intermediates");
        var key = File("--key", "its private key (PEM)");
        var authorities = File("--ca", "the CA that clients' certificates must end in (PEM)");
        var verbose = new Option<bool>("--verbose") { Description = "tell of each connection, not only of messages" };
        var command = new Command("broker", "Run a small MQTT 5 broker for development, with mutual TLS") { port, certificate, key, authorities, verbose };
        command.SetAction((parsed, stopping) => RunAsync(
            parsed.GetValue(port),
            parsed.GetRequiredValue(certificate),
            parsed.GetRequiredValue(key),
            parsed.GetRequiredValue(authorities),
            parsed.GetValue(verbose),
            stopping));
        return command;
    }

    private static Option<FileInfo> File(string name, string description) => new(name) { Description = description, Required = true };

    private static async Task<int> RunAsync(
        int port, FileInfo certificate, FileInfo key, FileInfo authorities, bool verbose, CancellationToken stopping)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate.FullName);
        chain[0] = X509Certificate2.CreateFromPemFile(certificate.FullName, key.FullName);
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPemFile(authorities.FullName);

        await using var broker = new DevelopmentBroker(new IPEndPoint(IPAddress.Loopback, port), chain, trusted);
        broker.MessageSeen += (client, message) => Console.WriteLine(
            $"{client} {message.Topic} qos={(int)message.QualityOfService} retain={(message.Retain ? 1 : 0)} bytes={message.Payload.Length}");
        if (verbose)
        {
            broker.Noted += Console.WriteLine;
        }

        await broker.StartAsync();
        Console.WriteLine($"broker listening on 127.0.0.1:{broker.Port}");
        try
        {
            await Task.Delay(Timeout.Infinite, stopping);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how it ends.
        }

        return 0;
    }
}
