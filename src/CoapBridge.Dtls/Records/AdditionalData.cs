using CoapBridge.Wire;

namespace CoapBridge.Dtls.Records;

/// <summary>What a record's tag covers besides its text.</summary>
internal static class AdditionalData
{
    /// <summary>With the longest Connection ID.</summary>
    public const int MaximumLength = 8 + 1 + 1 + 1 + 2 + 2 + 6 + 255 + 2;

    /// <summary>Writes the additional data of a record and tells its length.</summary>
    /// <param name="header">The record's header.</param>
    /// <param name="connectionId">The Connection ID in it; empty for a record of a classic type.</param>
    /// <param name="textLength">Bytes that are encrypted.</param>
    /// <param name="destination">At least <see cref="MaximumLength"/> bytes.</param>
    public static int Write(in RecordHeader header, ReadOnlySpan<byte> connectionId, int textLength, Span<byte> destination)
    {
        var writer = new WireWriter(destination);
        if (header.Type == ContentType.Tls12Cid)
        {
            // RFC 9146 §5.3: placeholder, tls12_cid, cid_length, tls12_cid, version, epoch, sequence, cid, length.
            writer.WriteUInt64(ulong.MaxValue);
            writer.WriteUInt8((byte)ContentType.Tls12Cid);
            writer.WriteUInt8((byte)connectionId.Length);
            writer.WriteUInt8((byte)ContentType.Tls12Cid);
            writer.WriteUInt16(header.Version);
            writer.WriteUInt16(header.Epoch);
            writer.WriteUInt48(header.Sequence);
            writer.WriteBytes(connectionId);
        }
        else
        {
            // RFC 5246 §6.2.3.3, with RFC 6347 §4.1.2.1: epoch and sequence number, type, version, length.
            writer.WriteUInt16(header.Epoch);
            writer.WriteUInt48(header.Sequence);
            writer.WriteUInt8((byte)header.Type);
            writer.WriteUInt16(header.Version);
        }

        writer.WriteUInt16((ushort)textLength);
        return writer.Length;
    }
}
