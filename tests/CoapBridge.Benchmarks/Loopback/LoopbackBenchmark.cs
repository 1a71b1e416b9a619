using CoapBridge.Benchmarks.Support;
using CoapBridge.Coap;
using CoapBridge.Tools.Fleet;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>The worker beside libcoap on OpenSSL, over UDP on loopback: the processor time of the server's process.</summary>
internal static class LoopbackBenchmark
{
    private const int Devices = 50;
    private const int Handshakes = 1_000;
    private const int Resumptions = 5_000;
    private const int WarmUps = 3;
    private const int HandshakesAtATime = 16;
    private const int Rounds = 800;
    private const int RelayRounds = 300;

    /// <summary>The parts of it, by name.</summary>
    public static Action Of(string part) => () => RunAsync(part).GetAwaiter().GetResult();

    private static async Task RunAsync(string part)
    {
        if (part is not ("storm" or "stuck-broker"))
        {
            // These measure at their own priority; the load is another process or thread.
            Priorities.LowerCurrentThread();
        }

        var fleet = part == "udp-handshake" ? new Fleet(Handshakes * (Report.Runs + WarmUps)) : new Fleet();
        var folder = Directory.CreateTempSubdirectory("coapbridge-benchmarks-").FullName;
        try
        {
            fleet.Write(folder);
            await using var broker = await Broker.StartAsync(fleet, folder);
            await using var ours = await GatewayUnderTest.StartAsync(fleet, folder, broker.Port);
            await using var theirs = await LibcoapUnderTest.StartAsync(fleet, folder);
            switch (part)
            {
                case "udp-handshake":
                    Report.Begin($"Full handshakes over UDP, {HandshakesAtATime} at a time");
                    Compare(ours, theirs, server => MeasureHandshakes(server, fleet), 700);
                    break;
                case "udp-resumed":
                    Report.Begin($"Resumed handshakes over UDP, {HandshakesAtATime} at a time");
                    await using (var openssl = await OpenSslUnderTest.StartAsync(fleet, folder))
                    {
                        Compare(ours, openssl, server => MeasureResumed(server, fleet), 90);
                    }

                    break;
                case "udp-post":
                    Report.Begin($"CON POST answered locally (4.04) over UDP, {Devices} devices");
                    Compare(ours, theirs, server => MeasurePosts(server, fleet, Devices, "nowhere", CoapCode.NotFound), 8);
                    break;
                case "udp-relay":
                    Report.Begin($"CON POST relayed to {broker.Name} with QoS 1 over UDP");
                    MeasurePosts(ours, fleet, Devices, "t/x", CoapCode.Changed, RelayRounds)(null);
                    MeasurePosts(ours, fleet, 10 * Devices, "t/x", CoapCode.Changed, RelayRounds)(25);
                    break;
                case "stuck-broker":
                    StuckBroker.Measure(ours, broker, fleet);
                    break;
                case "storm":
                    Storm.Measure(ours, fleet, folder);
                    break;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(ServerUnderTest ours, ServerUnderTest? theirs, Func<ServerUnderTest, Func<double?, double>> measure, double target)
    {
        var mine = measure(ours)(target);
        if (theirs is null)
        {
            Report.Note("the C peer is not installed (packages libcoap3-bin, gcc, libssl-dev): nothing to compare with");
            return;
        }

        Report.Ratio($"ours to that of {theirs.Name}", mine, measure(theirs)(null));
    }

    private static Func<double?, double> MeasureHandshakes(ServerUnderTest server, Fleet fleet)
    {
        var load = new Load(server, fleet.Devices);
        load.Handshake(Handshakes * (WarmUps - 1), HandshakesAtATime);
        return target => Report.Median($"{server.Name}: processor time per handshake", "µs", () =>
        {
            var before = server.ProcessorMicroseconds;
            load.Handshake(Handshakes, HandshakesAtATime);
            return (server.ProcessorMicroseconds - before) / Handshakes;
        }, target);
    }

    private static Func<double?, double> MeasureResumed(ServerUnderTest server, Fleet fleet)
    {
        var load = new Load(server, fleet.Devices);
        var sessions = load.Sessions(Devices);
        return target => Report.Median($"{server.Name}: processor time per resumed handshake", "µs", () =>
        {
            var before = server.ProcessorMicroseconds;
            load.Resume(Resumptions, HandshakesAtATime, sessions);
            return (server.ProcessorMicroseconds - before) / Resumptions;
        }, target);
    }

    private static Func<double?, double> MeasurePosts(ServerUnderTest server, Fleet fleet, int count, string path, CoapCode expected, int rounds = Rounds)
    {
        return target =>
        {
            using var load = new Load(server, fleet.Devices);
            var devices = load.Connect(count);
            var request = FleetRequest.To(path, CoapCode.Post, "temperature=21.5 C;;"u8);
            var turns = rounds * Devices / count;
            var result = Report.Median($"{server.Name}: processor time per request, {count} devices", "µs", () =>
            {
                var before = server.ProcessorMicroseconds;
                load.Post(devices, turns, request, expected);
                return (server.ProcessorMicroseconds - before) / (turns * count);
            }, target);
            Array.ForEach(devices, load.Close);
            return result;
        };
    }
}
