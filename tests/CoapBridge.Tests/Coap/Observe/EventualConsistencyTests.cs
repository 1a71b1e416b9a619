using System.Text;
using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Observe;

/// <summary>RFC 7641 §1.3: over a bad line an observer ends with the state that the server has, or is no observer any more.</summary>
public sealed class EventualConsistencyTests(ITestOutputHelper output)
{
    [Fact]
    public void An_observer_ends_with_the_last_state_and_never_goes_back_to_an_older_one()
    {
        var first = Environment.TickCount;
        output.WriteLine($"seeds from {first}");
        var consistent = 0;
        for (var seed = first; seed < first + 200; seed++)
        {
            consistent += Observe(seed, loss: (seed % 4) * 0.1) ? 1 : 0;
        }

        Assert.InRange(consistent, 120, 200);
    }

    private static bool Observe(int seed, double loss)
    {
        var random = new Random(seed);
        var token = default(Token);
        var seen = -1;
        LossyPair pair = null!;
        pair = new LossyPair(seed, loss)
        {
            Serve = (in CoapMessage message, Exchange exchange) =>
            {
                token = new Token(message.Token);
                pair.Server.Respond(pair.Now, exchange, CoapCode.Content, payload: "0"u8, observe: true);
            },
            Tell = what =>
            {
                if (what is { Kind: CoapEventKind.Response, Datagram: { } datagram } && CoapMessage.TryParse(datagram, out var response, out _))
                {
                    var state = int.Parse(Encoding.UTF8.GetString(response.Payload));
                    Assert.True(state > seen, $"seed {seed}: {state} after {seen}");
                    seen = state;
                }
            },
        };
        pair.Client.Request(pair.Now, MessageType.Confirmable, CoapCode.Get, [0x60], default, out _);
        pair.Run(() => seen == 0, TimeSpan.FromMinutes(5));
        var last = random.Next(1, 60);
        for (var state = 1; state <= last; state++)
        {
            pair.Server.Notify(pair.Now, token, CoapCode.Content, default, Encoding.UTF8.GetBytes($"{state}"), confirmable: random.Next(2) == 0 || state == last, out _);
            pair.Run(() => false, TimeSpan.FromMilliseconds(random.Next(5000)));
        }

        pair.Run(() => seen == last, TimeSpan.FromMinutes(10));
        var isObserver = pair.Server.IsObserver(token);
        Assert.True(seen == last || !isObserver, $"seed {seed}: {seen}, not {last}");
        return seen == last;
    }
}
