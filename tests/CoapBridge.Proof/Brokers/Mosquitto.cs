using System.Text.Json;
using CoapBridge.Proof.Judging;

namespace CoapBridge.Proof.Brokers;

/// <summary>
/// A real Mosquitto that keeps its state over an orderly stop, and mosquitto_sub with a session of its own as the record of what it
/// took. It acknowledges before it persists, so it is never killed.
/// </summary>
internal sealed class Mosquitto(string folder) : BrokerUnderProof
{
    private Child? _broker;
    private Child? _subscriber;

    /// <summary>Whether the programs are there.</summary>
    public static bool IsInstalled => Find("mosquitto") is not null && Find("mosquitto_sub") is not null && Find("stdbuf") is not null;

    public override async Task StartAsync()
    {
        var configuration = Path.Combine(folder, "mosquitto.conf");
        await File.WriteAllTextAsync(configuration, $"""
            listener {Port} 127.0.0.1
            cafile {folder}/ca.pem
            certfile {folder}/broker.pem
            keyfile {folder}/broker.key
            require_certificate true
            allow_anonymous true
            log_dest stderr
            user {Environment.UserName}
            persistence true
            persistence_location {folder}/
            max_queued_messages 0
            max_queued_bytes 0

            """);
        _broker = Child.Start([Find("mosquitto")!, "-c", configuration], Path.Combine(folder, "mosquitto.log"));
        await _broker.WaitForLineAsync(" running", TimeSpan.FromSeconds(20));
        if (_subscriber is null)
        {
            _subscriber = Child.Start(
            [
                Find("stdbuf")!, "-oL", Find("mosquitto_sub")!, "-d", "-V", "mqttv5", "-h", "localhost", "-p", $"{Port}", "-i", "recorder", "-c", "-x", "86400",
                "-q", "1", "-t", "devices/#", "-F", "%j", "--cafile", $"{folder}/ca.pem", "--cert", $"{folder}/device-1.pem", "--key", $"{folder}/device-1.key",
            ]);
            await _subscriber.WaitForLineAsync("Subscribed ", TimeSpan.FromSeconds(20));
        }
    }

    public override async Task EndAsync()
    {
        if (_broker is { } broker)
        {
            broker.Signal(Child.SigTerm);
            if (await broker.WaitForExitAsync(TimeSpan.FromSeconds(20)) is null)
            {
                throw new ProofException("Mosquitto did not end after SIGTERM");
            }

            await broker.DisposeAsync();
        }

        _broker = null;
    }

    public override List<Arrival> Collect() =>
        [.. _subscriber!.Lines.Where(line => line.StartsWith('{')).Select(Read)];

    public override async ValueTask DisposeAsync()
    {
        if (_subscriber is not null)
        {
            await _subscriber.DisposeAsync();
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }

    private static Arrival Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var payload = root.GetProperty("payload").GetString()!;
        var id = root.GetProperty("properties").GetProperty("user-properties").GetProperty("message_id").GetString()!;
        return Arrival.TryRead(root.GetProperty("topic").GetString()!, id, payload, payload.Length) ?? throw new ProofException($"not as it was posted: {line}");
    }

    private static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin".Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
