using System.Text.Json;
using CoapBridge.Proof.Judging;

namespace CoapBridge.Proof.Brokers;

/// <summary>Mosquitto, and mosquitto_sub with a session of its own as the record of what it took.</summary>
internal sealed class Mosquitto(string folder) : BrokerUnderProof
{
    private MosquittoProcess? _broker;
    private Child? _subscriber;

    /// <summary>Whether the programs are there.</summary>
    public static bool IsInstalled => MosquittoProcess.IsInstalled && Child.Find("mosquitto_sub") is not null && Child.Find("stdbuf") is not null;

    public override async Task StartAsync()
    {
        _broker ??= new MosquittoProcess(folder, Port);
        await _broker.StartAsync();
        if (_subscriber is null)
        {
            _subscriber = Child.Start(
            [
                Child.Find("stdbuf")!, "-oL", Child.Find("mosquitto_sub")!, "-d", "-V", "mqttv5", "-h", "localhost", "-p", $"{Port}", "-i", "recorder", "-c", "-x", "86400",
                "-q", "1", "-t", "devices/#", "-F", "%j", "--cafile", $"{folder}/ca.pem", "--cert", $"{folder}/device-1.pem", "--key", $"{folder}/device-1.key",
            ]);
            await _subscriber.WaitForLineAsync("Subscribed ", TimeSpan.FromSeconds(20));
        }
    }

    public override Task EndAsync() => _broker?.EndAsync() ?? Task.CompletedTask;

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
}
