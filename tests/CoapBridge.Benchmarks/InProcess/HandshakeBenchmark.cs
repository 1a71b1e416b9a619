using CoapBridge.Benchmarks.Support;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>What a full handshake costs the shard and its work, without sockets.</summary>
internal static class HandshakeBenchmark
{
    private const int Handshakes = 900;

    public static void Run()
    {
        Report.Begin("Full handshake, in this process");
        var fleet = new Fleet();
        long bytes = 0;
        Report.Median("server's processor time per handshake", "µs", () =>
        {
            var gateway = new LocalGateway(fleet);
            var clock = new ServerClock();
            for (var number = 0; number < Handshakes; number++)
            {
                gateway.Connect(fleet, number, clock);
            }

            bytes = clock.Bytes / Handshakes;
            return clock.Microseconds / Handshakes;
        }, target: 700);
        Report.Note($"{bytes:#,0} bytes allocated per handshake");
    }
}
