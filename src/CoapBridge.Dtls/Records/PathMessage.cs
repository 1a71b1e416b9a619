using CoapBridge.Wire;

namespace CoapBridge.Dtls.Records;

/// <summary>RFC 9853 §4.</summary>
internal enum PathMessageType : byte
{
    PathChallenge = 0,
    PathResponse = 1,
    PathDrop = 2,
}

/// <summary>
/// <code>
/// struct { rrc_msg_type msg_type; uint64 cookie; } return_routability_check;   RFC 9853 §4
/// </code>
/// </summary>
internal readonly record struct PathMessage(PathMessageType Type, ulong Cookie)
{
    public const int Length = 9;

    public static bool TryParse(ReadOnlySpan<byte> content, out PathMessage message)
    {
        var reader = new WireReader(content);
        message = new PathMessage((PathMessageType)reader.ReadUInt8(), reader.ReadUInt64());
        return reader.AtEnd;
    }

    public void Write(Span<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteUInt8((byte)Type);
        writer.WriteUInt64(Cookie);
    }
}
