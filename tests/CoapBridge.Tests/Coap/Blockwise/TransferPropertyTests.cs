using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Blockwise;

/// <summary>Any two bodies, in blocks of any size, over a bad line: each arrives once and whole, or the client hears that it did not.</summary>
public sealed class TransferPropertyTests(ITestOutputHelper output)
{
    [Fact]
    public void Bodies_arrive_once_and_whole_or_the_client_hears_that_they_did_not()
    {
        var first = Environment.TickCount;
        output.WriteLine($"seeds from {first}");
        var done = 0;
        for (var seed = first; seed < first + 150; seed++)
        {
            done += Transfer(seed, loss: (seed % 4) * 0.1) ? 1 : 0;
        }

        Assert.InRange(done, 60, 150);
    }

    private static bool Transfer(int seed, double loss)
    {
        var random = new Random(seed);
        var there = BlockServer.Bytes(random.Next(3) == 0 ? random.Next(100) : random.Next(4000));
        var back = BlockServer.Bytes(random.Next(3) == 0 ? random.Next(100) : random.Next(4000));
        var szX = random.Next(2, 7);
        var method = random.Next(2) == 0 ? CoapCode.Post : CoapCode.Put;
        var request = new BlockwiseRequest(method, [0xB1, (byte)'r'], there, szX, 100_000);
        var arrived = new List<byte[]>();
        TransferStep? end = null;
        var failed = false;
        LossyPair pair = null!;
        pair = new LossyPair(seed, loss)
        {
            Serve = (in CoapMessage message, Exchange exchange) =>
            {
                arrived.Add(message.Payload.ToArray());
                pair.Server.Respond(pair.Now, exchange, CoapCode.Changed, default, back.AsMemory());
            },
            Tell = what =>
            {
                if (what is { Kind: CoapEventKind.Response, Datagram: { } datagram } && CoapMessage.TryParse(datagram, out var response, out _))
                {
                    end = request.HandleResponse(response);
                    if (end == TransferStep.Next)
                    {
                        Send();
                    }

                    failed |= response.Code.Class != 2;
                }
                else
                {
                    failed = true;
                }
            },
        };
        Send();
        Assert.True(pair.Run(() => failed || end is TransferStep.Done, TimeSpan.FromHours(3)), $"seed {seed}");
        if (!failed)
        {
            Assert.Equal(there, Assert.Single(arrived));
            Assert.Equal(back, request.Body.ToArray());
        }

        Assert.InRange(arrived.Count, 0, 1);
        Assert.All(arrived, body => Assert.Equal(there, body));
        return !failed;

        void Send()
        {
            var options = new OptionWriter(new byte[64]);
            request.WriteOptions(ref options);
            pair.Client.Request(pair.Now, MessageType.Confirmable, method, options.Written, request.Payload.Span, out _);
        }
    }
}
