using CoapBridge.Benchmarks.Support;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>
/// What a reload costs a shard whose devices are judged again: how long it does nothing else, and how much the verdicts take in all.
/// The verdicts themselves are the work pool's; `admission` says what one costs.
/// </summary>
internal static class SweepBenchmark
{
    private const int Connections = 50_000;

    public static void Run()
    {
        Report.Begin($"A reload with {Connections:#,0} live connections on one shard, in this process");
        var fleet = new Fleet();
        var gateway = new LocalGateway(fleet, Connections);
        for (var number = 0; number < Connections; number++)
        {
            gateway.Connect(fleet, number, new ServerClock());
            gateway.Now += TimeSpan.FromMilliseconds(5);
            gateway.Shard.HandleTimeout(gateway.Now);
        }

        gateway.Now += TimeSpan.FromMinutes(10);
        gateway.Shard.HandleTimeout(gateway.Now);
        Measure("everybody stays", gateway, fleet.Forgotten().Gateway.Verifier);
        Measure("everybody is refused", gateway, StrangersVerifier());
    }

    private static void Measure(string what, LocalGateway gateway, IPeerVerifier verifier)
    {
        var generation = gateway.Shard.Generation;
        var taking = new ServerClock();
        taking.Start();
        gateway.Shard.HandleGeneration(gateway.Now, generation with { Dtls = generation.Dtls with { Verifier = verifier } });
        taking.Stop();

        var verdicts = new ServerClock();
        var longest = 0.0;
        while (gateway.Shard.TryTakeWork(out var work))
        {
            var result = work.Run(DateTimeOffset.UtcNow);
            var before = verdicts.Microseconds;
            verdicts.Start();
            gateway.Shard.HandleWork(gateway.Now, result);
            verdicts.Stop();
            longest = Math.Max(longest, verdicts.Microseconds - before);
            while (gateway.Shard.TryTakeEvent(out _))
            {
                // The log's part is not the shard's.
            }
        }

        Report.Line($"{what}: the generation is taken in", "ms", [taking.Microseconds / 1_000]);
        Report.Line($"{what}: longest step with verdicts", "ms", [longest / 1_000]);
        Report.Line($"{what}: the shard's part per connection", "µs", [verdicts.Microseconds / Connections]);
    }

    /// <summary>By it nobody here is of the fleet.</summary>
    private static DevicePeerVerifier StrangersVerifier() => new(new DeviceCertificatePolicy(
        TrustAnchors.TryCreate([CertificateAuthority.CreateRoot("Another CA", DateTimeOffset.UtcNow).Certificate.Der], out _)!, new DevicePolicySettings()));
}
