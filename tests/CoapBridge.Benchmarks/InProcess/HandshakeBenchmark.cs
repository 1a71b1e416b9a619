using CoapBridge.Benchmarks.Support;
using CoapBridge.Gateway.Sessions;

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
        Report.Median("processor time of a resumed handshake", "µs", () => Resumed(fleet, out bytes), target: 90);
        Report.Note($"{bytes:#,0} bytes allocated per resumed handshake");
    }

    private static double Resumed(Fleet fleet, out long bytes)
    {
        var gateway = new LocalGateway(fleet, sessions: new SessionStore(new SessionStoreSettings()));
        var session = gateway.Connect(fleet, 0, new ServerClock()).Session;
        var clock = new ServerClock();
        for (var number = 1; number <= Handshakes; number++)
        {
            if (!gateway.Connect(fleet, number, clock, session).IsResumed)
            {
                throw new InvalidOperationException("It was a full handshake.");
            }
        }

        bytes = clock.Bytes / Handshakes;
        return clock.Microseconds / Handshakes;
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
