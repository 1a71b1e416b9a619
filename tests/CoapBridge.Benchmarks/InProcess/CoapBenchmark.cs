using CoapBridge.Benchmarks.Support;
using CoapBridge.Coap;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>A CON POST of 100 bytes without DTLS: read, routed, made a publish, and answered in the ACK; and what it leaves behind.</summary>
internal static class CoapBenchmark
{
    private const int Requests = 16_000;
    private const int Devices = 64;
    private const int Endpoints = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private static readonly byte[] Policy =
        """{ "Version": "1", "Statement": [ { "Effect": "Allow", "Action": ["Publish"], "Resource": ["devices/${device}/*"] } ] }"""u8.ToArray();

    private static readonly DeviceIdentity Known = Judge();
    private static double _bytes;

    public static void Run()
    {
        Report.Begin($"CON POST of 100 bytes, without DTLS, {Devices} devices, one every {Interval.TotalSeconds} s from each");
        var relay = new UplinkRelay(
            new RelaySettings { Gateway = "gateway-1", Policy = AccessPolicy.TryParse(Policy, out _)! }, shard: 0, new SystemEntropy());
        relay.HandleUpstream(new UpstreamStatus(UpstreamState.Connected));
        Report.Median("read and answered", "µs", () => Once(null));
        Report.Note($"{_bytes:0} bytes allocated per request");
        Report.Median("read, routed, published and answered", "µs", () => Once(relay), target: 2);
        Report.Note($"{_bytes:0} bytes allocated per request, the message for the broker among them");
        Report.Median("the publish alone", "µs", () => Publish(relay));
        Report.Note($"{_bytes:0} bytes allocated per request");
        Report.Line("kept by an endpoint after one POST", "bytes", [PerEndpoint()], target: 300);
    }

    private static double Once(UplinkRelay? relay)
    {
        var group = Group();
        var endpoints = Enumerable.Range(0, Devices).Select(_ => new CoapEndpoint(group)).ToArray();
        var client = new Client();
        var buffer = new byte[CoapMessage.MaxLength];
        var datagram = Post();
        var now = new Instant(0);
        var clock = new ServerClock();
        for (var warm = 0; warm < Requests; warm++)
        {
            Turn((ushort)warm);
        }

        clock.Start();
        for (var count = Requests; count < 2 * Requests; count++)
        {
            Turn((ushort)count);
        }

        clock.Stop();
        _bytes = (double)clock.Bytes / Requests;
        return clock.Microseconds / Requests;

        void Turn(ushort id)
        {
            (datagram[2], datagram[3]) = ((byte)(id >> 8), (byte)id);
            var endpoint = endpoints[id % Devices];
            now += Interval / Devices;
            endpoint.HandleDatagram(now, datagram, out var request, out var exchange);
            if (relay is not null)
            {
                relay.HandleRequest(now, client, request, request.Payload, exchange);
                relay.TryTakePublish(out var publish);
                relay.HandleReceipt(now, new Receipt(publish.Ticket, ReceiptOutcome.Acknowledged, MqttReasonCode.Success));
                relay.TryTakeAnswer(out _);
            }

            endpoint.Respond(now, exchange, CoapCode.Changed);
            endpoint.TryTakeTransmit(buffer, out _);
        }
    }

    private static double Publish(UplinkRelay relay)
    {
        var client = new Client();
        var datagram = Post();
        var clock = new ServerClock();
        clock.Start();
        for (var count = 0; count < Requests; count++)
        {
            CoapMessage.TryParse(datagram, out var request, out _);
            relay.HandleRequest(new Instant(0), client, request, request.Payload, default);
            relay.TryTakePublish(out var publish);
            relay.HandleReceipt(new Instant(0), new Receipt(publish.Ticket, ReceiptOutcome.Acknowledged, MqttReasonCode.Success));
            relay.TryTakeAnswer(out _);
        }

        clock.Stop();
        _bytes = (double)clock.Bytes / Requests;
        return clock.Microseconds / Requests;
    }

    private static double PerEndpoint()
    {
        var group = Group();
        var endpoints = Enumerable.Range(0, Endpoints).Select(_ => new CoapEndpoint(group)).ToArray();
        var buffer = new byte[CoapMessage.MaxLength];
        var datagram = Post();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var endpoint in endpoints)
        {
            endpoint.HandleDatagram(new Instant(0), datagram, out _, out var exchange);
            endpoint.Respond(new Instant(0), exchange, CoapCode.Changed);
            endpoint.TryTakeTransmit(buffer, out _);
        }

        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(endpoints);
        return (double)(after - before) / Endpoints;
    }

    private static DeviceIdentity Judge()
    {
        var fleet = new Fleet(1);
        return (DeviceIdentity)fleet.Gateway.Verifier.Verify([fleet.Pki.Device(1).Der], DateTimeOffset.UtcNow).Identity!;
    }

    private static EndpointGroup Group() => new(
        new CriticalOptions(OptionNumber.UriPath, OptionNumber.UriHost, OptionNumber.UriQuery), TransmissionParameters.Default, new SystemEntropy());

    private static byte[] Post() => [0x44, 0x02, 0, 0, 1, 2, 3, 4, 0xB1, (byte)'t', 0xFF, .. new byte[100]];

    private sealed class Client : RelayClient
    {
        public Client() => Device = Known;

        public override PeerAddress Address => default;

        public override bool IsRefused => false;
    }
}
