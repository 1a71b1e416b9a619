using System.Net;
using System.Text.Json;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Tools.Demo;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>The worker as a child, connected to a broker.</summary>
internal sealed class GatewayUnderTest : ServerUnderTest
{
    private readonly GatewayProcess _process;

    private GatewayUnderTest(GatewayProcess process)
        : base("coapbridge") => _process = process;

    public static async Task<GatewayUnderTest> StartAsync(Fleet fleet, string folder, int brokerPort)
    {
        var coap = new IPEndPoint(IPAddress.Loopback, Ports.FreeUdp());
        var admin = new IPEndPoint(IPAddress.Loopback, Ports.FreeTcp());
        var file = Path.Combine(folder, $"gateway-{coap.Port}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Identity"] = new { Certificate = "gateway.pem", PrivateKey = "gateway.key", CloudCa = "ca.pem" },
            ["Listen"] = new { Endpoints = new[] { $"{coap}" } },
            ["Upstream"] = new { Mqtt = new { Host = "localhost", Port = brokerPort, ClientId = "gateway-1" } },

            // A certificate serves many connections here, and each sends what it can.
            ["Devices"] = new { MaxConnectionsPerDevice = 1_000, Limits = new { MessagesPerSecond = 100_000, BytesPerSecond = 100_000_000, Burst = 100_000 } },
            ["Admin"] = new { Listen = $"{admin}" },
        }));
        var process = GatewayProcess.Start(file);
        try
        {
            await process.WaitUntilReadyAsync(admin, TimeSpan.FromSeconds(20), CancellationToken.None);
            return new GatewayUnderTest(process)
            {
                EndPoint = coap, ProcessId = process.Id, Verifier = new PinnedVerifier(fleet.Pki.Gateway.Der),
            };
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public override ValueTask DisposeAsync() => _process.DisposeAsync();
}
