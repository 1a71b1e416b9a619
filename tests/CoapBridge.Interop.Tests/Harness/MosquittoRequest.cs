using System.Text.Json;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>mosquitto_rr as the cloud: sends a message with Response Topic and Correlation Data, and waits for the answer.</summary>
internal sealed class MosquittoRequest : IAsyncDisposable
{
    private readonly ChildProcess _child;

    private MosquittoRequest(ChildProcess child) => _child = child;

    public static MosquittoRequest Send(TestPki pki, MosquittoBroker broker, string topic, string payload)
    {
        var id = $"{Guid.NewGuid():n}";
        return new(ChildProcess.Start(
            InstalledProgram.Find("mosquitto_rr"),
            [
                "-V", "mqttv5", "-h", "localhost", "-p", $"{broker.Port}", "-i", $"rr-{id}", "-q", "1", "-W", "40", "-t", topic, "-e", $"answers/{id}", "-m", payload,
                "-D", "publish", "correlation-data", id, "-F", "%j",
                "--cafile", pki["ca.pem"], "--cert", pki["device-3.pem"], "--key", pki["device-3.key"],
            ]));
    }

    /// <summary>The answer's payload and its user property <c>status</c>.</summary>
    public async Task<(string Payload, string? Status)> AnswerAsync()
    {
        var line = await _child.WaitForLineAsync(line => line.StartsWith('{'), TimeSpan.FromSeconds(30));
        using var json = JsonDocument.Parse(line);
        var status = json.RootElement.TryGetProperty("properties", out var all) && all.TryGetProperty("user-properties", out var users)
            && users.TryGetProperty("status", out var value) ? value.GetString() : null;
        return (json.RootElement.GetProperty("payload").GetString()!, status);
    }

    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
