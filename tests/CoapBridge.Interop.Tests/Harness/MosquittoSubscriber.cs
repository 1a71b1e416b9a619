using System.Text.Json;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>mosquitto_sub as the cloud: prints each message as a line of JSON, with its MQTT 5 properties.</summary>
internal sealed class MosquittoSubscriber : IAsyncDisposable
{
    private readonly ChildProcess _child;

    private MosquittoSubscriber(ChildProcess child) => _child = child;

    /// <summary>Subscribes with mutual TLS and waits until Mosquitto has granted it.</summary>
    public static Task<MosquittoSubscriber> StartAsync(TestPki pki, MosquittoBroker broker, string filter = "devices/#") =>
        StartAsync(pki, broker.Port, filter, "mqttv5");

    /// <param name="pki">The certificates.</param>
    /// <param name="port">Any broker's.</param>
    /// <param name="filter">What to listen to.</param>
    /// <param name="version">As mosquitto_sub calls it.</param>
    public static async Task<MosquittoSubscriber> StartAsync(TestPki pki, int port, string filter, string version)
    {
        // It says when it is subscribed on standard output, which it flushes only for messages.
        var child = ChildProcess.Start(InstalledProgram.Find("stdbuf"),
        [
            "-oL", InstalledProgram.Find("mosquitto_sub"), "-d",
            "-V", version, "-h", "localhost", "-p", $"{port}", "-i", $"cloud-{Guid.NewGuid():N}", "-q", "1", "-t", filter, "-F", "%j",
            "--cafile", pki["ca.pem"], "--cert", pki["device-3.pem"], "--key", pki["device-3.key"],
        ]);
        await child.WaitForLineAsync(line => line.StartsWith("Subscribed ", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        return new MosquittoSubscriber(child);
    }

    /// <summary>The message with this payload, once it is there.</summary>
    public async Task<Message> ReceiveAsync(string payload)
    {
        var line = await _child.WaitForLineAsync(line => Parse(line)?.Payload == payload, TimeSpan.FromSeconds(15));
        return Parse(line)!;
    }

    /// <summary>All messages so far with this payload.</summary>
    public int Count(string payload) => _child.Lines.Count(line => Parse(line)?.Payload == payload);

    public ValueTask DisposeAsync() => _child.DisposeAsync();

    private static Message? Parse(string line)
    {
        if (!line.StartsWith('{'))
        {
            return null;
        }

        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var properties = root.TryGetProperty("properties", out var all) && all.TryGetProperty("user-properties", out var users)
            ? users.EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString()!) : [];
        return new Message(
            root.GetProperty("topic").GetString()!, root.GetProperty("payload").GetString()!, root.GetProperty("qos").GetInt32(),
            root.GetProperty("retain").GetInt32() == 1, properties);
    }

    /// <param name="Topic">Its topic.</param>
    /// <param name="Payload">As text.</param>
    /// <param name="Qos">0 to 2.</param>
    /// <param name="IsRetained">It was there before the subscription.</param>
    /// <param name="UserProperties">By name.</param>
    internal sealed record Message(string Topic, string Payload, int Qos, bool IsRetained, IReadOnlyDictionary<string, string> UserProperties);
}
