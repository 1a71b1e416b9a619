using System.Buffers.Binary;

namespace CoapBridge.Coap;

/// <summary>
/// A message of ours that waits to be sent or sent again: small enough to copy, and without a heap object when it has
/// neither options nor payload.
/// </summary>
/// <param name="Type">CON, NON, ACK or RST.</param>
/// <param name="Code">0.00 for empty ones.</param>
/// <param name="MessageId">The peer's for ACK and RST, ours for CON and NON.</param>
/// <param name="Token">Empty for empty messages.</param>
/// <param name="Body">Encoded options, marker and payload, or null; never changed once it is here.</param>
internal readonly record struct OutgoingMessage(MessageType Type, CoapCode Code, ushort MessageId, Token Token, byte[]? Body)
{
    public static OutgoingMessage EmptyAcknowledgement(ushort messageId) =>
        new(MessageType.Acknowledgement, CoapCode.Empty, messageId, default, null);

    public static OutgoingMessage Reset(ushort messageId) => new(MessageType.Reset, CoapCode.Empty, messageId, default, null);

    /// <summary>How long a message with this content would be.</summary>
    public static int LengthOf(Token token, ReadOnlySpan<byte> options, ReadOnlySpan<byte> payload) =>
        CoapMessage.HeaderLength + token.Length + BodyLength(options, payload);

    /// <summary>Bytes that <see cref="Encode"/> writes.</summary>
    public int Length => CoapMessage.HeaderLength + Token.Length + (Body?.Length ?? 0);

    /// <summary>Copies encoded options and a payload into one body; null when both are empty.</summary>
    public static byte[]? BodyOf(ReadOnlySpan<byte> options, ReadOnlySpan<byte> payload)
    {
        if (options.IsEmpty && payload.IsEmpty)
        {
            return null;
        }

        var body = new byte[BodyLength(options, payload)];
        options.CopyTo(body);
        if (!payload.IsEmpty)
        {
            body[options.Length] = CoapMessage.PayloadMarker;
            payload.CopyTo(body.AsSpan(options.Length + 1));
        }

        return body;
    }

    /// <summary>Returns the length, at most <see cref="CoapMessage.MaxLength"/>.</summary>
    public int Encode(Span<byte> destination)
    {
        destination[0] = (byte)((CoapMessage.Version << 6) | ((int)Type << 4) | Token.Length);
        destination[1] = Code.Value;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], MessageId);
        Token.CopyTo(destination[CoapMessage.HeaderLength..]);
        var length = CoapMessage.HeaderLength + Token.Length;
        Body?.CopyTo(destination[length..]);
        return length + (Body?.Length ?? 0);
    }

    private static int BodyLength(ReadOnlySpan<byte> options, ReadOnlySpan<byte> payload) =>
        options.Length + (payload.IsEmpty ? 0 : 1 + payload.Length);
}
