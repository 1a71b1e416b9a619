using CoapBridge.Benchmarks.Support;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>What a full handshake costs the shard and its work, without sockets.</summary>
internal static class HandshakeBenchmark
{
    private const int Handshakes = 1_000;

    public static void Run()
    {
        Report.Begin("Full handshake, in this process");
        var fleet = new Fleet(Handshakes);
        Once(new LocalGateway(fleet), fleet, out var bytes);
        Report.Median("server's processor time, a new device", "µs", () => Once(new LocalGateway(fleet.Forgotten()), fleet, out bytes), target: 700);
        Report.Note($"{bytes:#,0} bytes allocated per handshake");
        Report.Median("server's processor time, a device that comes again", "µs", () => Once(new LocalGateway(fleet), fleet, out bytes));
    }

    private static double Once(LocalGateway gateway, Fleet fleet, out long bytes)
    {
        var clock = new ServerClock();
        for (var number = 0; number < Handshakes; number++)
        {
            gateway.Connect(fleet, number, clock);
        }

        bytes = clock.Bytes / Handshakes;
        return clock.Microseconds / Handshakes;
    }
}
