using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz.Dtls;

/// <summary>Takes datagrams apart at the seams of DTLS, and puts them together otherwise.</summary>
internal static class RecordSurgeon
{
    /// <summary>Some change: bytes, records, or the fragments of a handshake message.</summary>
    public static byte[] Change(Mutator mutator, byte[] datagram, byte[] other) => mutator.Below(3) switch
    {
        0 => mutator.Mutate(datagram, other),
        1 => Shuffle(mutator, datagram, other),
        _ => Refragment(mutator, datagram),
    };

    /// <summary>Bytes that begin like a record.</summary>
    public static byte[] Noise(Mutator mutator)
    {
        var content = mutator.Noise(120);
        var record = Record((ContentType)mutator.Below(30), mutator.Below(4), (ulong)mutator.Below(200), content);
        return mutator.Chance(20) ? mutator.Mutate(record, content) : record;
    }

    public static byte[] Record(ContentType type, int epoch, ulong sequence, ReadOnlySpan<byte> content)
    {
        var record = new byte[RecordHeader.Length + content.Length];
        new RecordHeader(type, DtlsVersion.Dtls12, (ushort)epoch, sequence, content.Length).Write(record);
        content.CopyTo(record.AsSpan(RecordHeader.Length));
        return record;
    }

    private static List<byte[]> Split(byte[] datagram)
    {
        var records = new List<byte[]>();
        var rest = datagram.AsSpan();
        while (RecordHeader.TryParse(rest, out var header))
        {
            records.Add(rest[..header.RecordLength].ToArray());
            rest = rest[header.RecordLength..];
        }

        return records;
    }

    /// <summary>Records doubled, left out, in another order, from another datagram, or with another header.</summary>
    private static byte[] Shuffle(Mutator mutator, byte[] datagram, byte[] other)
    {
        var records = Split(datagram);
        if (records.Count == 0)
        {
            return mutator.Mutate(datagram, other);
        }

        switch (mutator.Below(5))
        {
            case 0:
                records.Add(mutator.Pick(records));
                break;
            case 1:
                records.RemoveAt(mutator.Below(records.Count));
                break;
            case 2:
                records.AddRange(Split(other));
                break;
            case 3:
                var victim = mutator.Pick(records);
                victim[mutator.Below(RecordHeader.Length)] = (byte)mutator.Below(256);
                break;
            default:
                mutator.Pick(records)[3 + mutator.Below(8)] ^= (byte)(1 << mutator.Below(8));
                break;
        }

        if (mutator.Chance(30))
        {
            var order = records.ToArray();
            mutator.Random.Shuffle(order);
            records = [.. order];
        }

        return [.. records.SelectMany(record => record)];
    }

    /// <summary>A handshake message in two or more fragments, which may overlap, contradict one another, or lie about the whole.</summary>
    private static byte[] Refragment(Mutator mutator, byte[] datagram)
    {
        var records = Split(datagram).Where(record => record[0] == (byte)ContentType.Handshake && record[4] == 0).ToList();
        if (records.Count == 0)
        {
            return mutator.Mutate(datagram, datagram);
        }

        var reader = new WireReader(mutator.Pick(records).AsSpan(RecordHeader.Length));
        if (!HandshakeHeader.TryRead(ref reader, out var header, out var body))
        {
            return mutator.Mutate(datagram, datagram);
        }

        var pieces = new List<byte>();
        var sequence = (ulong)mutator.Below(100);
        for (var from = 0; from <= body.Length;)
        {
            var length = Math.Min(body.Length - from, mutator.Below(1 + body.Length));
            var told = mutator.Chance(5) ? mutator.Below(1 << 24) : header.MessageLength;
            var number = mutator.Chance(5) ? mutator.Below(12) : header.MessageSequence;
            var type = mutator.Chance(3) ? (HandshakeType)mutator.Below(26) : header.Type;
            var fragment = Fragment(type, told, number, header.FragmentOffset + from, body.Slice(from, length));
            pieces.AddRange(Record(ContentType.Handshake, 0, sequence++, fragment));
            from += mutator.Chance(70) ? Math.Max(1, length) : 1 + (length / 2);
            if (pieces.Count > 4000 || mutator.Chance(3))
            {
                break;
            }
        }

        return [.. pieces];
    }

    private static byte[] Fragment(HandshakeType type, int length, int number, int offset, ReadOnlySpan<byte> bytes)
    {
        var fragment = new byte[HandshakeHeader.Length + bytes.Length];
        var writer = new WireWriter(fragment);
        new HandshakeHeader(type, length, (ushort)number, offset, bytes.Length).Write(ref writer);
        writer.WriteBytes(bytes);
        return fragment;
    }
}
