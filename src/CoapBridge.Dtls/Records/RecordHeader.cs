using CoapBridge.Wire;

namespace CoapBridge.Dtls.Records;

/// <summary>
/// <code>
/// struct { ContentType type; ProtocolVersion version; uint16 epoch; uint48 sequence_number;
///          opaque cid[cid_length];               // only with type tls12_cid, RFC 9146 §4
///          uint16 length; opaque fragment[length]; } DTLSPlaintext;   RFC 6347 §4.1
/// </code>
/// </summary>
/// <param name="Type">The type on the wire.</param>
/// <param name="Version">On the wire.</param>
/// <param name="Epoch">0 in the clear, 1 protected.</param>
/// <param name="Sequence">48 bits.</param>
/// <param name="FragmentLength">Bytes after the header.</param>
/// <param name="ConnectionIdLength">Bytes of Connection ID within the header.</param>
internal readonly record struct RecordHeader(
    ContentType Type, ushort Version, ushort Epoch, ulong Sequence, int FragmentLength, int ConnectionIdLength = 0)
{
    /// <summary>Without a Connection ID.</summary>
    public const int Length = 13;

    /// <summary>Where a Connection ID stands.</summary>
    public const int ConnectionIdOffset = 11;

    // RFC 6347 §4.1: DTLSPlaintext.length does not exceed 2^14.
    public const int MaximumPlaintext = 1 << 14;

    public int HeaderLength => Length + ConnectionIdLength;

    public int RecordLength => HeaderLength + FragmentLength;

    /// <summary>
    /// The first record's header. The fragment follows it within the datagram, or the answer is false. A Connection ID's
    /// length is not on the wire: who receives it has chosen it (RFC 9146 §4).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, int connectionIdLength, out RecordHeader header)
    {
        var reader = new WireReader(datagram);
        var type = (ContentType)reader.ReadUInt8();
        var version = reader.ReadUInt16();
        var epoch = reader.ReadUInt16();
        var sequence = reader.ReadUInt48();
        var carried = type == ContentType.Tls12Cid ? connectionIdLength : 0;
        reader.ReadBytes(carried);
        header = new RecordHeader(type, version, epoch, sequence, reader.ReadUInt16(), carried);
        var maximum = MaximumPlaintext + (epoch == 0 ? 0 : RecordProtection.MaximumOverhead + 1);
        return !reader.Failed && header.FragmentLength <= reader.Remaining && header.FragmentLength <= maximum;
    }

    public static bool TryParse(ReadOnlySpan<byte> datagram, out RecordHeader header) => TryParse(datagram, 0, out header);

    /// <param name="destination">At least <see cref="HeaderLength"/> bytes.</param>
    /// <param name="connectionId"><see cref="ConnectionIdLength"/> bytes.</param>
    public void Write(Span<byte> destination, ReadOnlySpan<byte> connectionId = default)
    {
        var writer = new WireWriter(destination);
        writer.WriteUInt8((byte)Type);
        writer.WriteUInt16(Version);
        writer.WriteUInt16(Epoch);
        writer.WriteUInt48(Sequence);
        writer.WriteBytes(connectionId);
        writer.WriteUInt16((ushort)FragmentLength);
    }
}
