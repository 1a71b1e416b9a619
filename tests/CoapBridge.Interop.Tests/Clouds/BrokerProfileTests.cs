using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>
/// The profiles of brokers that are known by their standard alone here: EMQX and HiveMQ cannot be installed, so theirs run against
/// Mosquitto, with the rights that config/profiles/mosquitto.acl gives. RabbitMQ's is started in RabbitMqTests.
/// </summary>
public sealed class BrokerProfileTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData("mosquitto")]
    [InlineData("emqx")]
    [InlineData("hivemq")]
    public async Task The_profile_brings_a_message_and_a_command(string profile)
    {
        File.Copy(RepositoryFolder.Find("config", "profiles", "mosquitto.acl"), _pki["acl"]);
        await File.AppendAllTextAsync(_pki["acl"], "user device-3\ntopic readwrite #\n", TestContext.Current.CancellationToken); // the cloud, in this test
        await using var broker = await MosquittoBroker.StartAsync(_pki, lines: $"use_identity_as_username true\nacl_file {_pki["acl"]}");
        await using var worker = await WorkerProcess.StartProfileAsync(
            _pki, profile, "--Upstream:Mqtt:Host=localhost", $"--Upstream:Mqtt:Port={broker.Port}");
        await worker.WaitForLogAsync("upstream_ready");
        await using var cloud = await MosquittoSubscriber.StartAsync(_pki, broker);
        var device = new LibCoapDevice(_pki, worker, "device-1");
        Assert.Equal("2.04", await device.SendAsync("/t", profile));
        Assert.Equal("devices/device-1/t", (await cloud.ReceiveAsync(profile)).Topic);
        await MosquittoPublisher.PublishAsync(_pki, broker, "devices/device-1/c/open", "50 %");
        Assert.Equal("50 %", (await device.TakeCommandAsync()).Payload);
        await worker.StopAsync();
        await broker.StopAsync();
    }
}
