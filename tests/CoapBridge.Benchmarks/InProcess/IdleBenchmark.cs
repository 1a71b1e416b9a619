using CoapBridge.Benchmarks.Support;
using CoapBridge.Gateway.Sessions;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>What a connection keeps that has nothing to say, once its handshake's last flight need not be repeated any more.</summary>
internal static class IdleBenchmark
{
    private const int Connections = 100_000;

    private const int Sessions = 20_000;

    public static void Run()
    {
        Report.Begin($"{Connections:#,0} idle connections, in this process");
        var fleet = new Fleet();
        Profile(fleet);
        Measure("bytes per connection", 700, fleet, Connections, withConnectionIds: false);
        Measure("bytes per connection with Connection IDs of 8 bytes", 700, fleet, Connections, withConnectionIds: true);
        Measure("bytes per connection and its resumable session", null, fleet, Sessions, withConnectionIds: false, new SessionStore(new SessionStoreSettings { CapacityPerDevice = Sessions, ConnectionsPerDevice = Sessions }));
    }

    private static void Measure(string what, double? target, Fleet fleet, int connections, bool withConnectionIds, SessionStore? sessions = null)
    {
        var gateway = new LocalGateway(fleet, connections, withConnectionIds, sessions);
        var clock = new ServerClock();
        gateway.Connect(fleet, 0, clock);
        var before = Settled();
        for (var number = 1; number <= connections - 1; number++)
        {
            gateway.Connect(fleet, number, clock);
            gateway.Pass(TimeSpan.FromMilliseconds(5));
        }

        gateway.Pass(TimeSpan.FromMinutes(10));
        var bytes = (double)(Settled() - before) / (gateway.Shard.ConnectionCount - 1);
        Report.Line(what, "B", [bytes], target, $"{gateway.Shard.ConnectionCount:#,0} connections");
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

        gateway.Pass(TimeSpan.FromMinutes(10));
        HeapProfile.Print(gateway.Shard, Few);
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
