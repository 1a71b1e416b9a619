using System.Text;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Device;

namespace CoapBridge.Interop.Tests.Mosquitto;

/// <summary>A thousand devices observe one topic; Mosquitto has one subscription.</summary>
public sealed class ManyObserversTests : IAsyncDisposable
{
    private const int Devices = 1_000;
    private const int AtOnce = 32;

    private readonly TestPki _pki = new();
    private readonly List<DeviceClient> _clients = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        _pki.Dispose();
    }

    [Fact]
    public async Task Each_hears_of_each_change_and_the_broker_sends_it_once()
    {
        await File.WriteAllTextAsync(
            _pki["all.json"], """{ "Version": "1", "Statement": [ { "Effect": "Allow", "Action": "Observe", "Resource": ["fleet/tariff"] } ] }""",
            TestContext.Current.CancellationToken);
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, $"--Devices:Policy={_pki["all.json"]}");
        await MosquittoPublisher.PublishAsync(_pki, broker, "fleet/tariff", "0", "-r");
        await ConnectAsync(worker);
        var tariff = new DeviceRequest(CoapCode.Get, CoapUri.TryParse($"coaps://{worker.EndPoint}/ps/fleet/tariff", out _)!);
        var observers = _clients.Select(client => client.ObserveAsync(tariff, TestContext.Current.CancellationToken).GetAsyncEnumerator()).ToList();
        for (var value = 0; value < 3; value++)
        {
            if (value > 0)
            {
                await MosquittoPublisher.PublishAsync(_pki, broker, "fleet/tariff", $"{value}", "-r");
            }

            var told = await Task.WhenAll(observers.Select(NextAsync)).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            Assert.All(told, payload => Assert.Equal($"{value}", payload));
        }

        // Mosquitto logs the filters of each SUBSCRIBE and what it sends. A shard that comes later subscribes again, for the value.
        var subscribed = broker.Log.Lines.Count(line => line.EndsWith("fleet/tariff (QoS 1)", StringComparison.Ordinal));
        Assert.InRange(subscribed, 1, Environment.ProcessorCount);
        Assert.Equal(subscribed + 2, broker.Log.Lines.Count(line =>
            line.Contains("Sending PUBLISH to gateway-1 ", StringComparison.Ordinal) && line.Contains("'fleet/tariff'", StringComparison.Ordinal)));
        foreach (var observer in observers)
        {
            await observer.DisposeAsync();
        }
    }

    private static async Task<string> NextAsync(IAsyncEnumerator<DeviceResponse> observer)
    {
        Assert.True(await observer.MoveNextAsync());
        return Encoding.UTF8.GetString(observer.Current.Payload.Span);
    }

    private async Task ConnectAsync(WorkerProcess worker)
    {
        var trust = GatewayTrust.Create([_pki.Demo.Ca.Certificate.Der], "localhost");
        foreach (var group in Enumerable.Range(0, Devices).Chunk(AtOnce))
        {
            _clients.AddRange(await Task.WhenAll(group.Select(number =>
            {
                var certificate = _pki.Demo.Ca.Issue(new() { CommonName = $"meter-{number}" });
                return DeviceClient.ConnectAsync(
                    new DeviceSettings
                    {
                        Server = worker.EndPoint, Credentials = DtlsCredentials.FromEcdsa([certificate.Der], certificate.OpenEcdsa()), Trust = trust,
                    },
                    TestContext.Current.CancellationToken);
            })));
        }
    }
}
