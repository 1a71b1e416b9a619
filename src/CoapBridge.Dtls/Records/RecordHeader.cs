using CoapBridge.Wire;

namespace CoapBridge.Dtls.Records;

/// <summary>
/// <code>
/// struct { ContentType type; ProtocolVersion version; uint16 epoch; uint48 sequence_number;
///          uint16 length; opaque fragment[length]; } DTLSPlaintext;   RFC 6347 §4.1
/// </code>
/// </summary>
internal readonly record struct RecordHeader(ContentType Type, ushort Version, ushort Epoch, ulong Sequence, int FragmentLength)
{
    public const int Length = 13;

    // RFC 6347 §4.1 with RFC 5246 §6.2.3: a protected fragment is at most 2^14 + 2048 bytes.
    public const int MaximumFragment = (1 << 14) + 2048;

    /// <summary>The first record's header. The fragment follows it within the datagram, or the answer is false.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out RecordHeader header)
    {
        var reader = new WireReader(datagram);
        header = new RecordHeader(
            (ContentType)reader.ReadUInt8(), reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadUInt48(), reader.ReadUInt16());
        return !reader.Failed && header.FragmentLength <= reader.Remaining && header.FragmentLength <= MaximumFragment;
    }

    public void Write(Span<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteUInt8((byte)Type);
        writer.WriteUInt16(Version);
        writer.WriteUInt16(Epoch);
        writer.WriteUInt48(Sequence);
        writer.WriteUInt16((ushort)FragmentLength);
    }
}
