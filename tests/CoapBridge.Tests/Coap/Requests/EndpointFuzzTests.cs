using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Coap.Requests;

public class EndpointFuzzTests
{
    // Random bytes, mutated messages and echoes of what was sent, with time going on; nothing throws, caps hold.
    [Theory]
    [InlineData(1)]
    [InlineData(20_260)]
    [InlineData(777)]
    [InlineData(4)]
    public void No_sequence_of_inputs_throws(int seed)
    {
        var random = new Random(seed);
        var endpoint = new CoapEndpoint(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(seed));
        var now = new Instant(0);
        var open = new Queue<Exchange>();
        var last = Peer.Post(1);
        var buffer = new byte[CoapMessage.MaxLength];
        for (var step = 0; step < 50_000; step++)
        {
            var datagram = Next(random, last);
            var reception = endpoint.HandleDatagram(now, datagram, out var request, out var exchange);
            if (reception.Kind == ReceptionKind.Request)
            {
                Assert.True(request.Code.IsRequest && request.OptionCount <= CoapEndpoint.MaxOptions, $"seed {seed}");
                Walk(request);
                open.Enqueue(exchange);
            }

            Assert.Equal(reception.Kind == ReceptionKind.Dropped, reception.Drop != CoapDrop.None);
            Act(random, endpoint, now, open);
            if (random.Next(4) == 0)
            {
                now += TimeSpan.FromMilliseconds(random.Next(1, 4000));
                endpoint.HandleTimeout(now);
            }

            while (endpoint.TryTakeTransmit(buffer, out var length))
            {
                Assert.True(CoapMessage.TryParse(buffer.AsSpan(0, length), out _, out _), $"seed {seed}");
                last = buffer.AsSpan(0, length).ToArray();
            }

            while (endpoint.TryTakeEvent(out _))
            {
            }
        }

        for (var turns = 0; endpoint.NextDeadline is { } deadline; turns++)
        {
            Assert.True(turns < 10_000, $"seed {seed}: never idle");
            now = deadline > now ? deadline : now;
            endpoint.HandleTimeout(now);
        }

        while (endpoint.TryTakeTransmit(buffer, out _))
        {
        }

        Assert.False(endpoint.HasUnfinished, $"seed {seed}");
    }

    private static void Walk(in CoapMessage request)
    {
        var count = 0;
        foreach (var option in request.AllOptions)
        {
            option.TryGetUInt32(out _);
            count++;
        }

        Assert.Equal(request.OptionCount, count);
    }

    private static void Act(Random random, CoapEndpoint endpoint, Instant now, Queue<Exchange> open)
    {
        switch (random.Next(8))
        {
            case 0 when open.TryDequeue(out var exchange):
                endpoint.Suppress(now, exchange);
                break;
            case < 4 when open.TryDequeue(out var exchange):
                endpoint.Respond(now, exchange, CoapCode.Changed, default, new byte[random.Next(1200)]);
                break;
            case 5 when random.Next(10) == 0:
                endpoint.Request(now, (MessageType)random.Next(2), CoapCode.Get, default, default, out _);
                break;
        }
    }

    private static byte[] Next(Random random, byte[] last)
    {
        switch (random.Next(6))
        {
            case 0:
                var noise = new byte[random.Next(40)];
                random.NextBytes(noise);
                return noise;
            case 1:
                var typed = new byte[random.Next(4, 60)];
                random.NextBytes(typed);
                typed[0] = (byte)(0x40 | (typed[0] & 0x38));
                return typed;
            case 2:
                // Back to its sender, as the ACK, RST, CON or NON of what was sent.
                var echo = last.ToArray();
                echo[0] = (byte)(0x40 | (random.Next(4) << 4) | (echo[0] & 0x0F));
                if (random.Next(2) == 0)
                {
                    echo = [(byte)(echo[0] & 0xF0), 0, echo[2], echo[3]];
                }

                return echo;
            case 3:
                return Peer.Post((ushort)random.Next(64), (MessageType)random.Next(2));
            default:
                var mutated = Peer.Post((ushort)random.Next(65536), (MessageType)random.Next(4));
                mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));
                return mutated[..random.Next(mutated.Length + 1)];
        }
    }
}
