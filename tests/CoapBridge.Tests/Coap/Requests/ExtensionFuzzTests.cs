using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Coap.Requests;

/// <summary>
/// Requests with any mixture of Block1, Block2, Observe, Request-Tag and No-Response, answers and notifications of any length, ACKs and
/// RSTs, saving and loading, time going on: nothing throws, caps hold, and at the end nothing is left.
/// </summary>
public sealed class ExtensionFuzzTests(ITestOutputHelper output)
{
    private const int Peers = 4;

    private readonly BodyLimits _limits = new() { Maximum = 100_000, MaximumPerPeer = 40_000, MaximumCountPerPeer = 5 };
    private readonly byte[] _buffer = new byte[CoapMessage.MaxLength];
    private readonly List<(int Peer, Exchange Exchange)> _open = [];
    private readonly Queue<(int Peer, byte[] Datagram)> _sent = new();

    [Fact]
    public void No_sequence_of_operations_breaks_the_caps()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var group = new EndpointGroup(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(seed))
        {
            BodyLimits = _limits, MaximumObservations = 20, MaximumObservationsPerEndpoint = 8,
        };
        var endpoints = Enumerable.Range(0, Peers).Select(_ => new CoapEndpoint(group)).ToArray();
        var now = new Instant(1L << 40);
        for (var step = 0; step < 40_000; step++)
        {
            Step(random, group, endpoints, now, random.Next(Peers));
            now += TimeSpan.FromMilliseconds(random.Next(20) == 0 ? random.Next(40_000) : random.Next(100));
            group.HandleTimeout(now);
            foreach (var endpoint in endpoints)
            {
                endpoint.HandleTimeout(now);
            }

            Drain(endpoints);
            Assert.InRange(group.Bodies.Cost, 0, _limits.Maximum);
            Assert.InRange(group.ObservationCount, 0, 20);
        }

        foreach (var endpoint in endpoints)
        {
            endpoint.Release();
        }

        Assert.Equal((0L, 0, 0), (group.Bodies.Cost, group.Bodies.Count, group.ObservationCount));
    }

    private void Step(Random random, EndpointGroup group, CoapEndpoint[] endpoints, Instant now, int peer)
    {
        var endpoint = endpoints[peer];
        switch (random.Next(12))
        {
            case < 5:
                Receive(endpoint, peer, now, Request(random));
                break;
            case < 8 when _open.Count > 0:
                var index = random.Next(_open.Count);
                var (owner, exchange) = _open[index];
                _open.RemoveAt(index);
                endpoints[owner].Respond(
                    now, exchange, Code(random), Options(random), new byte[random.Next(3) == 0 ? random.Next(8000) : 3].AsMemory(), random.Next(2) == 0);
                break;
            case 8:
                endpoint.Notify(
                    now, new Token([(byte)random.Next(6)]), Code(random), Options(random), new byte[random.Next(3) == 0 ? random.Next(8000) : 3],
                    random.Next(2) == 0, out _);
                break;
            case < 11 when _sent.TryDequeue(out var sent):
                Receive(endpoints[sent.Peer], sent.Peer, now, [(byte)(random.Next(4) == 0 ? 0x70 : 0x60), 0, sent.Datagram[2], sent.Datagram[3]]);
                break;
            case 11 when random.Next(20) == 0:
                endpoints[peer] = Reload(endpoint, group, now);
                _open.RemoveAll(open => open.Peer == peer);
                break;
        }
    }

    private void Receive(CoapEndpoint endpoint, int peer, Instant now, byte[] datagram)
    {
        switch (endpoint.HandleDatagram(now, datagram, out var request, out var exchange).Kind)
        {
            case ReceptionKind.FirstBlock:
                endpoint.TakeFirstBlock(now, exchange, request, 20_000);
                break;
            case ReceptionKind.Request:
                Assert.InRange(request.Payload.Length, 0, 20_000 + 2000);
                _open.Add((peer, exchange));
                break;
        }
    }

    private void Drain(CoapEndpoint[] endpoints)
    {
        for (var peer = 0; peer < endpoints.Length; peer++)
        {
            while (endpoints[peer].TryTakeTransmit(_buffer, out var length))
            {
                Assert.True(CoapMessage.TryParse(_buffer.AsSpan(0, length), out var message, out var fault), $"{fault}");
                if (message.Type <= MessageType.NonConfirmable && _sent.Count < 1000)
                {
                    _sent.Enqueue((peer, _buffer[..length]));
                }
            }

            while (endpoints[peer].TryTakeEvent(out _))
            {
            }
        }
    }

    private static CoapEndpoint Reload(CoapEndpoint endpoint, EndpointGroup group, Instant now)
    {
        var writer = new WireWriter(new byte[CoapEndpoint.MaximumSavedLength]);
        endpoint.Save(now, ref writer);
        endpoint.Release();
        var reader = new WireReader(writer.Written);
        var loaded = CoapEndpoint.Load(group, now, now, ref reader);
        Assert.NotNull(loaded);
        Assert.True(reader.AtEnd);
        loaded.Join(group);
        return loaded;
    }

    private static CoapCode Code(Random random) => random.Next(4) == 0 ? CoapCode.NotFound : CoapCode.Content;

    private static byte[] Options(Random random) => random.Next(3) switch
    {
        0 => [0xC0],
        1 => [0x44, 1, 2, 3, 4],
        _ => [],
    };

    private static byte[] Request(Random random)
    {
        var options = new OptionWriter(new byte[64]);
        if (random.Next(3) == 0)
        {
            options.Write(OptionNumber.Observe, (uint)random.Next(3));
        }

        options.Write(OptionNumber.UriPath, [(byte)random.Next('a', 'd')]);
        var szX = random.Next(7);
        var more = random.Next(2) == 0;
        if (random.Next(3) == 0)
        {
            options.Write(OptionNumber.Block2, new BlockOption((uint)random.Next(6), false, random.Next(8)).ToUInt32());
        }

        var hasBlock1 = random.Next(2) == 0;
        if (hasBlock1)
        {
            options.Write(OptionNumber.Block1, new BlockOption((uint)random.Next(3), more, szX).ToUInt32());
        }

        if (random.Next(5) == 0)
        {
            options.Write(OptionNumber.NoResponse, (uint)random.Next(32));
        }

        if (random.Next(3) == 0)
        {
            options.Write(OptionNumber.RequestTag, [(byte)random.Next(2)]);
        }

        var length = !hasBlock1 ? random.Next(20) : random.Next(8) == 0 ? random.Next(1, 1024) : 16 << szX;
        byte[] payload = length == 0 ? [] : [0xFF, .. new byte[length]];
        var type = random.Next(2) == 0 ? 0x41 : 0x51;
        return [(byte)type, (byte)random.Next(1, 6), (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(6), .. options.Written, .. payload];
    }
}
