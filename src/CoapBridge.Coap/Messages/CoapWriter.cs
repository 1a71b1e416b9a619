using System.Buffers.Binary;

namespace CoapBridge.Coap;

/// <summary>
/// Writes one whole message (RFC 7252 §3) into a caller's span: header and token at construction, then options in
/// ascending order, then at most one payload. What does not fit sets <see cref="Failed"/>, which stays set.
/// </summary>
public ref struct CoapWriter
{
    private readonly Span<byte> _destination;
    private readonly int _optionsStart;
    private OptionWriter _options;
    private int _payloadLength;
    private bool _failed;

    /// <exception cref="ArgumentOutOfRangeException">The token is longer than 8 bytes.</exception>
    public CoapWriter(Span<byte> destination, MessageType type, CoapCode code, ushort messageId, scoped ReadOnlySpan<byte> token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(token.Length, CoapMessage.MaxTokenLength, nameof(token));
        _destination = destination;
        if (CoapMessage.HeaderLength + token.Length > destination.Length)
        {
            _failed = true;
            return;
        }

        destination[0] = (byte)((CoapMessage.Version << 6) | ((int)type << 4) | token.Length);
        destination[1] = code.Value;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], messageId);
        token.CopyTo(destination[CoapMessage.HeaderLength..]);
        _optionsStart = CoapMessage.HeaderLength + token.Length;
        _options = new OptionWriter(destination[_optionsStart..]);
    }

    /// <summary>Something did not fit.</summary>
    public readonly bool Failed => _failed || _options.Failed;

    /// <summary>How many bytes have been written; 0 after a failure.</summary>
    public readonly int Length => Failed ? 0 : _optionsStart + _options.Length + (_payloadLength == 0 ? 0 : 1 + _payloadLength);

    /// <summary>The message so far; empty after a failure.</summary>
    public readonly ReadOnlySpan<byte> Written => _destination[..Length];

    /// <inheritdoc cref="OptionWriter.Write(OptionNumber, ReadOnlySpan{byte})"/>
    public void WriteOption(OptionNumber number, scoped ReadOnlySpan<byte> value)
    {
        RequireNoPayload();
        _options.Write(number, value);
    }

    /// <inheritdoc cref="OptionWriter.Write(OptionNumber, uint)"/>
    public void WriteOption(OptionNumber number, uint value)
    {
        RequireNoPayload();
        _options.Write(number, value);
    }

    /// <inheritdoc cref="OptionWriter.Write(OptionNumber, string)"/>
    public void WriteOption(OptionNumber number, string value)
    {
        RequireNoPayload();
        _options.Write(number, value);
    }

    /// <summary>Marker and payload; an empty payload writes neither (RFC 7252 §3).</summary>
    public void WritePayload(scoped ReadOnlySpan<byte> payload)
    {
        RequireNoPayload();
        if (Failed || payload.IsEmpty)
        {
            return;
        }

        var room = _destination[Length..];
        if (1 + payload.Length > room.Length)
        {
            _failed = true;
            return;
        }

        room[0] = CoapMessage.PayloadMarker;
        payload.CopyTo(room[1..]);
        _payloadLength = payload.Length;
    }

    private readonly void RequireNoPayload()
    {
        if (_payloadLength != 0)
        {
            throw new InvalidOperationException("Nothing may follow the payload.");
        }
    }
}
