using System.Text;
using CoapBridge.Coap;

namespace CoapBridge.Tools.Device;

/// <summary>What came back for a request.</summary>
public sealed class DeviceResponse
{
    private readonly byte[] _datagram;

    /// <param name="datagram">The last message of it.</param>
    /// <param name="body">The whole, of however many blocks.</param>
    /// <param name="elapsed">Since it was asked for.</param>
    internal DeviceResponse(byte[] datagram, ReadOnlyMemory<byte> body, TimeSpan elapsed)
    {
        _datagram = datagram;
        Elapsed = elapsed;
        var message = Message;
        Code = message.Code;
        Type = message.Type;
        Payload = body;
        MaxAge = message.TryGetUInt32(OptionNumber.MaxAge, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
        ContentFormat = message.TryGetUInt32(OptionNumber.ContentFormat, out var format) ? format : null;
    }

    public CoapCode Code { get; }

    /// <summary>ACK: piggybacked. CON: separate, after an empty ACK. NON: for a NON.</summary>
    public MessageType Type { get; }

    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>As the response says; null when it says nothing.</summary>
    public TimeSpan? MaxAge { get; }

    public uint? ContentFormat { get; }

    /// <summary>From the call to the answer.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>2.xx.</summary>
    public bool IsSuccess => Code.Class == 2;

    /// <summary>The payload as text, or null when it is not UTF-8.</summary>
    public string? PayloadText
    {
        get
        {
            try
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Payload.Span);
            }
            catch (DecoderFallbackException)
            {
                return null;
            }
        }
    }

    /// <summary>The last message, for its other options.</summary>
    public CoapMessage Message => CoapMessage.TryParse(_datagram, out var message, out var fault)
        ? message
        : throw new InvalidOperationException($"The endpoint gave a response that does not parse: {fault}.");
}
