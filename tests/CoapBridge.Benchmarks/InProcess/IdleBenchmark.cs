using CoapBridge.Benchmarks.Support;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>What a connection keeps that has nothing to say, once its handshake's last flight need not be repeated any more.</summary>
internal static class IdleBenchmark
{
    private const int Connections = 100_000;

    public static void Run()
    {
        Report.Begin($"{Connections:#,0} idle connections, in this process");
        var fleet = new Fleet();
        Profile(fleet);
        var gateway = new LocalGateway(fleet, Connections);
        var clock = new ServerClock();
        gateway.Connect(fleet, 0, clock);
        var before = Settled();
        for (var number = 1; number <= Connections - 1; number++)
        {
            gateway.Connect(fleet, number, clock);
            gateway.Now += TimeSpan.FromMilliseconds(5);
            if (gateway.Shard.NextDeadline <= gateway.Now)
            {
                gateway.Shard.HandleTimeout(gateway.Now);
            }

            Drain(gateway);
        }

        gateway.Now += TimeSpan.FromMinutes(10);
        gateway.Shard.HandleTimeout(gateway.Now);
        Drain(gateway);
        var bytes = (double)(Settled() - before) / (gateway.Shard.ConnectionCount - 1);
        Report.Line("managed bytes per connection", "B", [bytes], target: 700, $"{gateway.Shard.ConnectionCount:#,0} connections");
        GC.KeepAlive(gateway);
    }

    private static void Profile(Fleet fleet)
    {
        const int Few = 4_000;
        var gateway = new LocalGateway(fleet, Few);
        for (var number = 0; number < Few; number++)
        {
            gateway.Connect(fleet, number, new ServerClock());
        }

        gateway.Now += TimeSpan.FromMinutes(10);
        gateway.Shard.HandleTimeout(gateway.Now);
        Drain(gateway);
        HeapProfile.Print(gateway.Shard, Few);
    }

    private static void Drain(LocalGateway gateway)
    {
        Span<byte> buffer = stackalloc byte[2048];
        while (gateway.Shard.TryTakeTransmit(buffer, out _, out _))
        {
            // Nothing is expected.
        }
    }

    private static long Settled()
    {
        for (var round = 0; round < 3; round++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
