using System.Text;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Tools.Fleet;
using CoapBridge.Wire;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>One message of the broker's for the observers of one topic, each a device of its own: from the delivery to the last sealed record.</summary>
internal static class ObserveBenchmark
{
    private const int Observers = 10_000;
    private const string Topic = "fleet/news";

    private static readonly FleetRequest Registration = FleetRequest.To("ps/" + Topic, CoapCode.Get, observe: true);

    private static ulong _values;

    public static void Run()
    {
        Report.Begin($"{Observers:#,0} observers of one topic, in this process");
        var fleet = new Fleet();
        var gateway = new LocalGateway(fleet, Observers);
        gateway.Shard.HandleUpstream(new UpstreamStatus(UpstreamState.Connected));
        var devices = new FleetDevice[Observers];
        for (var number = 0; number < Observers; number++)
        {
            devices[number] = gateway.Connect(fleet, number, new ServerClock());
        }

        Register(gateway, devices);
        Report.Median("one message to all, QoS 0, NON", "ms", () => Once(gateway, devices, QualityOfService.AtMostOnce), target: 200);
        Report.Median("one message to all, QoS 1, CON", "ms", () => Once(gateway, devices, QualityOfService.AtLeastOnce), target: 200);
    }

    private static void Register(LocalGateway gateway, FleetDevice[] devices)
    {
        var buffer = new byte[2048];
        for (var number = 0; number < devices.Length; number++)
        {
            var length = LocalGateway.Seal(devices[number], Registration, 1, buffer);
            gateway.Shard.HandleDatagram(gateway.Now, LocalGateway.PathOf(number), buffer.AsSpan(0, length));
            if (number == 0)
            {
                Deliver(gateway, QualityOfService.AtLeastOnce);
            }

            while (gateway.Shard.TryTakeTransmit(buffer, out _, out _))
            {
                // The answers.
            }

            gateway.Now += TimeSpan.FromMilliseconds(2);
        }
    }

    /// <summary>Milliseconds of the shard; what the devices do with it is not on the clock.</summary>
    private static double Once(LocalGateway gateway, FleetDevice[] devices, QualityOfService quality)
    {
        gateway.Now += TimeSpan.FromSeconds(10);
        gateway.Shard.HandleTimeout(gateway.Now);
        var sent = new List<(NetworkPath Path, byte[] Datagram)>(devices.Length);
        var buffer = new byte[2048];
        var clock = new ServerClock();
        clock.Start();
        Deliver(gateway, quality);
        while (gateway.Shard.TryTakeTransmit(buffer, out var path, out var length))
        {
            clock.Stop();
            sent.Add((path, buffer[..length]));
            clock.Start();
        }

        clock.Stop();
        if (sent.Count != devices.Length)
        {
            throw new InvalidOperationException($"{sent.Count} of {devices.Length} observers were told.");
        }

        Acknowledge(gateway, devices, sent);
        return clock.Microseconds / 1_000;
    }

    private static void Acknowledge(LocalGateway gateway, FleetDevice[] devices, List<(NetworkPath Path, byte[] Datagram)> sent)
    {
        var numbers = Enumerable.Range(0, devices.Length).ToDictionary(LocalGateway.PathOf);
        var buffer = new byte[2048];
        foreach (var (path, datagram) in sent)
        {
            var device = devices[numbers[path]];
            device.HandleDatagram(gateway.Now, datagram);
            while (device.TryTakeTransmit(buffer, out var length))
            {
                gateway.Shard.HandleDatagram(gateway.Now, path, buffer.AsSpan(0, length));
            }
        }

        while (gateway.Shard.TryTakeTransmit(buffer, out _, out _))
        {
            throw new InvalidOperationException("More was to be told.");
        }
    }

    private static void Deliver(LocalGateway gateway, QualityOfService quality) => gateway.Shard.HandleDelivery(gateway.Now, new Delivery(
        Topic,
        new ApplicationMessage { Topic = Topic, Payload = Encoding.UTF8.GetBytes($"value {++_values,10}"), Retain = true, QualityOfService = quality },
        _values, IsDuplicate: false));
}
