using CoapBridge.Benchmarks.Support;
using CoapBridge.Coap;
using CoapBridge.Tools.Fleet;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>A CON POST through one shard: opened, read, answered, sealed.</summary>
internal static class PostBenchmark
{
    private const int Devices = 50;
    private const int Rounds = 100;

    private static readonly FleetRequest Post = FleetRequest.To("nowhere", CoapCode.Post, "temperature=21.5 C;;"u8);

    private static ushort _messageId;

    public static void Run()
    {
        Report.Begin($"CON POST answered locally (4.04), in this process, {Devices} devices");
        var fleet = new Fleet();
        var gateway = new LocalGateway(fleet);
        var devices = Enumerable.Range(0, Devices).Select(number => gateway.Connect(fleet, number, new ServerClock())).ToArray();
        var answered = gateway.Shard.Counters.Responses[CoapCode.NotFound.Value];
        var buffer = new byte[2048];
        double bytes = 0;
        for (var warm = 0; warm < 20; warm++)
        {
            Once(gateway, devices, buffer, out _);
        }

        Report.Median("shard's processor time per request", "µs", () => Once(gateway, devices, buffer, out bytes));
        Report.Note($"{bytes:0} bytes allocated per request");
        if (gateway.Shard.Counters.Responses[CoapCode.NotFound.Value] - answered != 26L * Rounds * Devices)
        {
            throw new InvalidOperationException("Not every request was answered with 4.04.");
        }
    }

    private static double Once(LocalGateway gateway, FleetDevice[] devices, byte[] buffer, out double bytes)
    {
        // Sealed beforehand: the clock sees the server only.
        var datagrams = new byte[Rounds * devices.Length][];
        for (var index = 0; index < datagrams.Length; index++)
        {
            datagrams[index] = buffer[..LocalGateway.Seal(devices[index % devices.Length], Post, ++_messageId, buffer)];
        }

        var clock = new ServerClock();
        clock.Start();
        for (var index = 0; index < datagrams.Length; index++)
        {
            gateway.Shard.HandleDatagram(gateway.Now, LocalGateway.PathOf(index % devices.Length), datagrams[index]);
            while (gateway.Shard.TryTakeTransmit(buffer, out _, out _))
            {
                // The devices do not need it.
            }

            while (gateway.Shard.TryTakeEvent(out _))
            {
                // Neither does anybody else.
            }

            gateway.Now += TimeSpan.FromMilliseconds(2);
        }

        if (gateway.Shard.NextDeadline <= gateway.Now)
        {
            gateway.Shard.HandleTimeout(gateway.Now);
        }

        clock.Stop();
        bytes = (double)clock.Bytes / datagrams.Length;
        return clock.Microseconds / datagrams.Length;
    }
}
