using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>
/// <code>
/// struct { HandshakeType msg_type; uint24 length; uint16 message_seq;
///          uint24 fragment_offset; uint24 fragment_length; body } Handshake;   RFC 6347 §4.2.2
/// </code>
/// </summary>
internal readonly record struct HandshakeHeader(
    HandshakeType Type, int MessageLength, ushort MessageSequence, int FragmentOffset, int FragmentLength)
{
    public const int Length = 12;

    public bool IsWhole => FragmentOffset == 0 && FragmentLength == MessageLength;

    /// <summary>Reads one fragment's header and body; false when lengths do not fit one another.</summary>
    public static bool TryRead(scoped ref WireReader reader, out HandshakeHeader header, out ReadOnlySpan<byte> fragment)
    {
        header = new HandshakeHeader(
            (HandshakeType)reader.ReadUInt8(), reader.ReadUInt24(), reader.ReadUInt16(), reader.ReadUInt24(), reader.ReadUInt24());
        fragment = reader.ReadBytes(header.FragmentLength);

        // Both are 24-bit numbers: their sum cannot overflow an int.
        return !reader.Failed && header.FragmentOffset + header.FragmentLength <= header.MessageLength;
    }

    /// <summary>The header that the transcript sees: as if the message had never been split (RFC 6347 §4.2.6).</summary>
    public static HandshakeHeader Unfragmented(HandshakeType type, ushort messageSequence, int length) =>
        new(type, length, messageSequence, 0, length);

    public void Write(ref WireWriter writer)
    {
        writer.WriteUInt8((byte)Type);
        writer.WriteUInt24(MessageLength);
        writer.WriteUInt16(MessageSequence);
        writer.WriteUInt24(FragmentOffset);
        writer.WriteUInt24(FragmentLength);
    }
}
