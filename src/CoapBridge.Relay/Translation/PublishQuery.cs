using System.Buffers.Text;
using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>The query keys of a publish: <c>qos=0|1</c>, <c>retain=0|1</c>, <c>expiry=seconds</c>, <c>ttd=seconds</c>; others are ignored.</summary>
/// <param name="Ttd">How long the answer may wait for a command; 0: not.</param>
internal readonly record struct PublishQuery(int? Qos, bool Retain, uint? Expiry, uint Ttd)
{
    /// <summary>Seconds that an answer may wait for a command at most.</summary>
    public const uint MaximumTtd = 300;

    /// <summary>False when a known key has a value that it cannot have; <paramref name="fault"/> then names the key.</summary>
    public static bool TryParse(in CoapMessage request, out PublishQuery query, out string fault)
    {
        query = default;
        fault = "";
        foreach (var option in request.Options)
        {
            if (option.Number != OptionNumber.UriQuery)
            {
                continue;
            }

            var split = option.Value.IndexOf((byte)'=');
            var key = split < 0 ? option.Value : option.Value[..split];
            var value = split < 0 ? default : option.Value[(split + 1)..];
            if (key.SequenceEqual("qos"u8))
            {
                fault = TryBit(value, out var bit) ? fault : "qos";
                query = query with { Qos = bit };
            }
            else if (key.SequenceEqual("retain"u8))
            {
                fault = TryBit(value, out var bit) ? fault : "retain";
                query = query with { Retain = bit == 1 };
            }
            else if (key.SequenceEqual("expiry"u8))
            {
                fault = TrySeconds(value, out var seconds) ? fault : "expiry";
                query = query with { Expiry = seconds };
            }
            else if (key.SequenceEqual("ttd"u8))
            {
                fault = TrySeconds(value, out var seconds) && seconds <= MaximumTtd ? fault : "ttd is at most 300";
                query = query with { Ttd = seconds };
            }
        }

        return fault.Length == 0;
    }

    private static bool TryBit(ReadOnlySpan<byte> value, out int bit)
    {
        bit = value is [(byte)'1'] ? 1 : 0;
        return value is [(byte)'0'] or [(byte)'1'];
    }

    private static bool TrySeconds(ReadOnlySpan<byte> value, out uint seconds) =>
        Utf8Parser.TryParse(value, out seconds, out var read) && read == value.Length;
}
