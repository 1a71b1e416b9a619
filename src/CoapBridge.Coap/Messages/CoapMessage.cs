using System.Buffers.Binary;

namespace CoapBridge.Coap;

/// <summary>
/// A view over one datagram; nothing is copied and it dies with the datagram (RFC 7252 §3, Figure 7).
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |Ver| T |  TKL  |      Code     |          Message ID           |
/// |   Token (if any, TKL bytes) ...
/// |   Options (if any) ...
/// |1 1 1 1 1 1 1 1|    Payload (if any) ...
/// </code>
/// </summary>
public readonly ref struct CoapMessage
{
    /// <summary>Ver, T, TKL, Code and Message ID.</summary>
    public const int HeaderLength = 4;

    /// <summary>Longest token, in bytes (RFC 7252 §3; RFC 8974 is not negotiated).</summary>
    public const int MaxTokenLength = 8;

    /// <summary>The largest message that is sent, in bytes, when nothing is known of the path (RFC 7252 §4.6).</summary>
    public const int MaxLength = 1152;

    internal const byte PayloadMarker = 0xFF;
    internal const int Version = 1;

    private readonly ReadOnlySpan<byte> _options;

    private CoapMessage(ReadOnlySpan<byte> header)
    {
        Type = (MessageType)((header[0] >> 4) & 0x03);
        Code = new CoapCode(header[1]);
        MessageId = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
    }

    private CoapMessage(ReadOnlySpan<byte> datagram, int tokenLength, int optionsLength, int optionCount)
        : this(datagram)
    {
        Token = datagram.Slice(HeaderLength, tokenLength);
        var rest = datagram[(HeaderLength + tokenLength)..];
        _options = rest[..optionsLength];
        OptionCount = optionCount;
        Payload = optionsLength < rest.Length ? rest[(optionsLength + 1)..] : default;
    }

    public MessageType Type { get; }

    public CoapCode Code { get; }

    public ushort MessageId { get; }

    /// <summary>0 to 8 bytes.</summary>
    public ReadOnlySpan<byte> Token { get; }

    /// <summary>How many options the message has, ill-formed ones included.</summary>
    public int OptionCount { get; }

    /// <summary>Empty when there is none.</summary>
    public ReadOnlySpan<byte> Payload { get; private init; }

    internal int OptionsLength => _options.Length;

    /// <summary>The options, without elective ones that must be ignored for their length or number of occurrences.</summary>
    public OptionEnumerator Options => new(_options, all: false);

    /// <summary>Every option as it was sent.</summary>
    public OptionEnumerator AllOptions => new(_options, all: true);

    /// <summary>
    /// False with the reason when the datagram is not a well-formed message. <see cref="Type"/>, <see cref="Code"/> and
    /// <see cref="MessageId"/> are then still there, except after <see cref="CoapFault.TooShort"/> and
    /// <see cref="CoapFault.Version"/>, so that a CON can be reset.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out CoapMessage message, out CoapFault fault)
    {
        message = default;
        fault = HeaderFault(datagram, out var tokenLength);
        if (fault is CoapFault.TooShort or CoapFault.Version)
        {
            return false;
        }

        message = new CoapMessage(datagram);
        if (fault != CoapFault.None)
        {
            return false;
        }

        fault = MeasureOptions(datagram[(HeaderLength + tokenLength)..], out var length, out var count);
        if (fault != CoapFault.None)
        {
            return false;
        }

        message = new CoapMessage(datagram, tokenLength, length, count);
        return true;
    }

    /// <summary>The same message with the whole body of which its payload is the last block (RFC 7959 §2.5).</summary>
    internal CoapMessage WithPayload(ReadOnlySpan<byte> body) => this with { Payload = body };

    /// <summary>The first occurrence of an option; false when it is absent or must be ignored.</summary>
    public bool TryGetOption(OptionNumber number, out ReadOnlySpan<byte> value)
    {
        foreach (var option in Options)
        {
            if (option.Number == number)
            {
                value = option.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>A uint option (RFC 7252 §3.2); false when it is absent, must be ignored, or has more than 4 bytes.</summary>
    public bool TryGetUInt32(OptionNumber number, out uint value)
    {
        foreach (var option in Options)
        {
            if (option.Number == number)
            {
                return option.TryGetUInt32(out value);
            }
        }

        value = 0;
        return false;
    }

    private static CoapFault HeaderFault(ReadOnlySpan<byte> datagram, out int tokenLength)
    {
        tokenLength = 0;
        if (datagram.Length < HeaderLength)
        {
            return CoapFault.TooShort;
        }

        // RFC 7252 §3: a message with an unknown version number MUST be silently ignored.
        if (datagram[0] >> 6 != Version)
        {
            return CoapFault.Version;
        }

        var code = new CoapCode(datagram[1]);
        tokenLength = datagram[0] & 0x0F;

        // RFC 7252 §4.1: in an Empty message TKL MUST be 0 and nothing may follow the Message ID.
        if (code.IsEmpty && (tokenLength != 0 || datagram.Length != HeaderLength))
        {
            return CoapFault.EmptyWithContent;
        }

        // RFC 7252 §3: lengths 9-15 MUST be processed as a message format error.
        if (tokenLength > MaxTokenLength || HeaderLength + tokenLength > datagram.Length)
        {
            return CoapFault.TokenLength;
        }

        return code.IsReserved ? CoapFault.ReservedClass : CoapFault.None;
    }

    private static CoapFault MeasureOptions(ReadOnlySpan<byte> body, out int length, out int count)
    {
        var rest = body;
        var number = 0;
        for (count = 0; !rest.IsEmpty && rest[0] != PayloadMarker; count++)
        {
            var fault = OptionHeader.TryTake(ref rest, ref number, out _);
            if (fault != CoapFault.None)
            {
                length = 0;
                return fault;
            }
        }

        length = body.Length - rest.Length;

        // RFC 7252 §3: a marker followed by a zero-length payload MUST be processed as a message format error.
        return rest.Length == 1 ? CoapFault.PayloadMarkerWithoutPayload : CoapFault.None;
    }
}
