using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz;

/// <summary>
/// A CoAP endpoint, as a server and as a client.
/// <code>
/// 0 datagram | 1 answer (1) | 2 ms (2) | 3 (no answer) | 4 type (1) (we ask) | 5 (we ping)
/// </code>
/// </summary>
internal sealed class CoapTarget : FuzzTarget
{
    private static readonly CriticalOptions Understood = new(
        OptionNumber.UriHost, OptionNumber.UriPort, OptionNumber.UriPath, OptionNumber.UriQuery, OptionNumber.Accept);

    private static readonly byte[][] Corpus =
    [
        [.. Convert.FromHexString("44020001A1B2C3D4B174FF32312E35")], // CON POST /t
        [.. Convert.FromHexString("54020002A1B2C3D4B174FF32312E35")], // NON POST
        [.. Convert.FromHexString("4401000301020304BB2E77656C6C2D6B6E6F776E04636F7265")], // CON GET /.well-known/core
        [.. Convert.FromHexString("40000004")], // ping
        [.. Convert.FromHexString("70000005")], // RST
        [.. Convert.FromHexString("60000006")], // ACK
        [.. Convert.FromHexString("4803000700010203040506073D0B636F61702E6578616D706C65821633B17448793D313D32FF00")], // options of many lengths
        [.. Convert.FromHexString("640400080102030410FF")], // marker without a payload
        [.. Convert.FromHexString("44010009AABBCCDD6100B1740100")], // Observe
        [.. Convert.FromHexString("44030010AABBCCDDB174D1020E" + "FF00112233445566778899AABBCCDDEEFF")], // Block1
        [.. Convert.FromHexString("6245001108090A0BC0FF6F6B")], // piggybacked
    ];

    private readonly byte[] _buffer = new byte[CoapMessage.MaxLength];
    private readonly Queue<Exchange> _open = new();
    private CoapEndpoint _endpoint = null!;
    private Instant _now;
    private byte[] _last = [];

    public override string Name => "coap";

    public override int Steps => 200;

    public override void Begin()
    {
        _now = new Instant(1L << 50);
        _endpoint = new CoapEndpoint(Understood, TransmissionParameters.Default, new ReplayEntropy(1));
        _open.Clear();
        _last = Corpus[0];
    }

    public override byte[] Next(Mutator mutator)
    {
        var roll = mutator.Below(100);
        return roll switch
        {
            < 20 => [0, .. Numbered(mutator, mutator.Pick(Corpus))],
            < 60 => [0, .. Numbered(mutator, mutator.Mutate(mutator.Pick(Corpus), mutator.Pick(Corpus)))],
            < 65 => [0, .. mutator.Noise(60)],
            < 75 => [0, .. Echo(mutator)],
            < 85 => [1, (byte)mutator.Below(256)],
            < 92 => [2, (byte)mutator.Below(1 << mutator.Below(9)), (byte)mutator.Below(256)],
            < 94 => [3],
            < 98 => [4, (byte)mutator.Below(2)],
            _ => [5],
        };
    }

    public override void Apply(byte[] step)
    {
        switch (step[0])
        {
            case 0:
                Receive(step.AsSpan(1));
                break;
            case 1 when _open.TryDequeue(out var exchange):
                _endpoint.Respond(_now, exchange, CoapCode.Changed, default, new byte[5 * step[1]]);
                break;
            case 2:
                _now += TimeSpan.FromMilliseconds((step[1] << 8) | step[2]);
                _endpoint.HandleTimeout(_now);
                break;
            case 3 when _open.TryDequeue(out var exchange):
                _endpoint.Suppress(_now, exchange);
                break;
            case 4:
                _endpoint.Request(_now, (MessageType)(step[1] & 1), CoapCode.Get, default, default, out _);
                break;
            case 5:
                _endpoint.Ping(_now, out _);
                break;
        }

        Drain();
    }

    public override void End()
    {
        while (_open.TryDequeue(out var exchange))
        {
            _endpoint.Suppress(_now, exchange);
            Drain();
        }

        for (var turns = 0; _endpoint.NextDeadline is { } due; turns++)
        {
            Require(turns < 20_000, "never idle");
            _now = due > _now ? due : _now;
            _endpoint.HandleTimeout(_now);
            Drain();
        }

        Require(!_endpoint.HasUnfinished, "something is open that nobody waits for");
        _now += TimeSpan.FromHours(1);
        Receive(Corpus[0]);
        Require(_open.Count == 1, "an honest request does not get through any more");
    }

    private void Receive(ReadOnlySpan<byte> datagram)
    {
        var reception = _endpoint.HandleDatagram(_now, datagram, out var request, out var exchange);
        if (reception.Kind == ReceptionKind.FirstBlock)
        {
            _endpoint.TakeFirstBlock(_now, exchange, request, 65_536);
            return;
        }

        if (reception.Kind == ReceptionKind.Request)
        {
            Require(request.Code.IsRequest && request.OptionCount <= CoapEndpoint.MaxOptions, "a request that is none");
            var count = 0;
            foreach (var option in request.AllOptions)
            {
                option.TryGetUInt32(out _);
                count++;
            }

            Require(count == request.OptionCount, "options that were not counted");
            if (_open.Count == 256)
            {
                _endpoint.Suppress(_now, _open.Dequeue());
            }

            _open.Enqueue(exchange);
        }
    }

    private void Drain()
    {
        for (var count = 0; _endpoint.TryTakeTransmit(_buffer, out var length); count++)
        {
            Require(count <= CoapEndpoint.MaxTransmits, "more waits than may");
            Require(CoapMessage.TryParse(_buffer.AsSpan(0, length), out _, out _), "what is sent is no message");
            _last = _buffer[..length];
        }

        while (_endpoint.TryTakeEvent(out _))
        {
        }
    }

    private static byte[] Numbered(Mutator mutator, byte[] message)
    {
        if (message.Length >= 4 && mutator.Chance(80))
        {
            (message, message[2], message[3]) = ([.. message], 0, (byte)mutator.Below(64));
        }

        return message;
    }

    /// <summary>What was sent comes back, as another type of message.</summary>
    private byte[] Echo(Mutator mutator)
    {
        byte[] echo = [.. _last];
        echo[0] = (byte)(0x40 | (mutator.Below(4) << 4) | (echo[0] & 0x0F));
        return mutator.Chance(50) ? [(byte)(echo[0] & 0xF0), 0, echo[2], echo[3]] : mutator.Chance(50) ? mutator.Mutate(echo, _last) : echo;
    }
}
