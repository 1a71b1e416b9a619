using CoapBridge.Coap;

namespace CoapBridge.Interop.Tests.CoapPacket;

/// <summary>CoAP messages for parsers, from a seed: half of them good, the others good ones with a mistake, or noise.</summary>
internal sealed class MessageGenerator(int seed)
{
    private static readonly int[] EdgeNumbers = [0, 1, 12, 13, 14, 268, 269, 270, 65_535];
    private static readonly int[] EdgeLengths = [0, 1, 12, 13, 14, 268, 269, 270];
    private readonly Random _random = new(seed);

    public byte[] Next() => _random.Next(10) switch
    {
        < 5 => Good(),
        < 7 => Flipped(Good()),
        7 => Good() is var message ? message[.._random.Next(message.Length + 1)] : [],
        8 => [.. Good(), .. Bytes(_random.Next(1, 8))],
        _ => Bytes(_random.Next(40)),
    };

    private byte[] Good()
    {
        var buffer = new byte[4096];
        var isEmpty = _random.Next(20) == 0;
        var code = isEmpty ? CoapCode.Empty : new CoapCode((byte)(_random.Next(2) == 0 ? _random.Next(1, 32) : _random.Next(64, 192)));
        var token = isEmpty ? [] : Bytes(_random.Next(9));
        var writer = new CoapWriter(buffer, (MessageType)_random.Next(4), code, (ushort)_random.Next(65_536), token);
        if (!isEmpty)
        {
            foreach (var number in Enumerable.Range(0, _random.Next(8)).Select(_ => Number()).Order())
            {
                writer.WriteOption((OptionNumber)number, Bytes(Length()));
            }

            writer.WritePayload(Bytes(_random.Next(3) == 0 ? 0 : _random.Next(60)));
        }

        return writer.Written.ToArray();
    }

    private int Number() => _random.Next(3) switch
    {
        0 => EdgeNumbers[_random.Next(EdgeNumbers.Length)],
        1 => _random.Next(65_536),
        _ => _random.Next(64),
    };

    private int Length() => _random.Next(4) == 0 ? EdgeLengths[_random.Next(EdgeLengths.Length)] : _random.Next(16);

    private byte[] Flipped(byte[] message)
    {
        message[_random.Next(message.Length)] ^= (byte)(1 << _random.Next(8));
        return message;
    }

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }
}
