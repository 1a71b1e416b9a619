namespace CoapBridge.Interop.Tests.Harness;

/// <summary>mosquitto_pub as the cloud.</summary>
internal static class MosquittoPublisher
{
    /// <summary>Publishes with QoS 1 and waits until the broker has acknowledged.</summary>
    /// <param name="pki">The certificates.</param>
    /// <param name="broker">Where to.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">Null: an empty one.</param>
    /// <param name="more">More arguments, such as <c>-r</c>.</param>
    public static Task PublishAsync(TestPki pki, MosquittoBroker broker, string topic, string? payload, params string[] more) =>
        PublishAsync(pki, broker.Port, "mqttv5", topic, payload, more);

    /// <param name="pki">The certificates.</param>
    /// <param name="port">Any broker's.</param>
    /// <param name="version">As mosquitto_pub calls it.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">Null: an empty one.</param>
    /// <param name="more">More arguments, such as <c>-r</c>.</param>
    public static async Task PublishAsync(TestPki pki, int port, string version, string topic, string? payload, params string[] more)
    {
        string[] body = payload is null ? ["-n"] : ["-m", payload];
        await using var child = ChildProcess.Start(
            InstalledProgram.Find("mosquitto_pub"),
            [
                "-V", version, "-h", "localhost", "-p", $"{port}", "-q", "1", "-t", topic, .. body, .. more,
                "--cafile", pki["ca.pem"], "--cert", pki["device-3.pem"], "--key", pki["device-3.key"],
            ]);
        Assert.True(await child.WaitForExitAsync(TimeSpan.FromSeconds(20)) == 0, child.Output);
    }
}
