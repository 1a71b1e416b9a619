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

    // RFC 6347 §4.1: DTLSPlaintext.length does not exceed 2^14.
    public const int MaximumPlaintext = 1 << 14;

    /// <summary>The first record's header. The fragment follows it within the datagram, or the answer is false.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out RecordHeader header)
    {
        var reader = new WireReader(datagram);
        header = new RecordHeader(
            (ContentType)reader.ReadUInt8(), reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadUInt48(), reader.ReadUInt16());
        var maximum = MaximumPlaintext + (header.Epoch == 0 ? 0 : RecordProtection.Overhead);
        return !reader.Failed && header.FragmentLength <= reader.Remaining && header.FragmentLength <= maximum;
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
