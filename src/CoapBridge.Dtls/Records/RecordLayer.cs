using CoapBridge.Wire;

namespace CoapBridge.Dtls.Records;

/// <summary>
/// Both epochs of one connection: 0 in the clear, 1 protected. There is no renegotiation, so there is no epoch 2
/// (DESIGN D-9). Sequence numbers are used once, also for what is sent again (RFC 6347 §4.2.4).
/// </summary>
internal sealed class RecordLayer(ulong firstPlainSequence)
{
    /// <summary>RFC 6347 §4.1: the association ends before the number would repeat.</summary>
    public const ulong MaximumSequence = (1UL << 48) - 1;

    private ulong _plainSequence = firstPlainSequence;
    private ulong _protectedSequence;
    private RecordProtection? _read;
    private RecordProtection? _write;
    private ReplayWindow _window;

    /// <summary>What the peer's protected records carry; empty when none was negotiated for this direction.</summary>
    public byte[] ReceiveConnectionId { get; set; } = [];

    /// <summary>What our protected records carry; empty when none was negotiated for this direction.</summary>
    public byte[] SendConnectionId { get; set; } = [];

    /// <summary>Return-routability messages may be sent (RFC 9853 §3).</summary>
    public bool ReturnRoutability { get; set; }

    /// <summary>The most content that one record may have towards the peer (RFC 6066 §4, RFC 8449 §4).</summary>
    public int MaximumContent { get; set; } = RecordHeader.MaximumPlaintext;

    public bool ReadsProtected => _read is not null;

    /// <summary>The suite of the protected records; null before there is one.</summary>
    public DtlsCipherSuite? Suite => _write?.Suite;

    public bool WritesProtected => _write is not null;

    /// <summary>The write sequence number has run out: nothing more can be sent.</summary>
    public bool IsExhausted => _protectedSequence >= MaximumSequence;

    /// <summary>How many protected records did not open (DESIGN D-5).</summary>
    public int FailedOpens { get; private set; }

    /// <summary>The last record that opened was newer than all before it (RFC 9146 §6).</summary>
    public bool LastWasNewest { get; private set; }

    /// <summary>Bytes that a record has more than its content.</summary>
    public int Overhead(bool isProtected) =>
        !isProtected ? RecordHeader.Length
        : RecordHeader.Length + (_write?.Overhead ?? RecordProtection.MaximumOverhead)
            + (SendConnectionId.Length == 0 ? 0 : SendConnectionId.Length + 1);

    public void InstallRead(RecordProtection keys) => _read = keys;

    public void InstallWrite(RecordProtection keys) => _write = keys;

    /// <summary>Writes one record and tells its length; the caller made sure that it fits.</summary>
    public int Write(bool isProtected, ContentType type, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        if (isProtected)
        {
            return WriteProtected(type, content, destination);
        }

        var plain = new RecordHeader(type, DtlsVersion.Dtls12, 0, _plainSequence++, content.Length);
        plain.Write(destination);
        content.CopyTo(destination[RecordHeader.Length..]);
        return plain.RecordLength;
    }

    /// <summary>Opens a protected record in place: cheap checks first, the window moves last (RFC 6347 §4.1.2.6).</summary>
    /// <param name="header">The record's header.</param>
    /// <param name="record">The whole record.</param>
    /// <param name="type">The real content type (RFC 9146 §4).</param>
    /// <param name="content">A part of <paramref name="record"/>.</param>
    public RecordOutcome Open(scoped in RecordHeader header, Span<byte> record, out ContentType type, out Span<byte> content)
    {
        type = header.Type;
        content = default;
        var fragment = record[header.HeaderLength..];
        if (!CarriesOurConnectionId(header, record))
        {
            return RecordOutcome.ConnectionId;
        }

        // RFC 6347 §4.1, RFC 8449 §4: more than we take; with a Connection ID the real type and padding count too (RFC 9146 §4).
        if (fragment.Length > RecordHeader.MaximumPlaintext + (_read?.Overhead ?? 0))
        {
            return RecordOutcome.Truncated;
        }

        if (!_window.MayAccept(header.Sequence))
        {
            return RecordOutcome.Replayed;
        }

        // A fragment too short for nonce and tag is a wrong tag like any other (REQUIREMENTS 1.27).
        if (_read is not { } read || fragment.Length < read.Overhead || !TryOpen(read, header, fragment, out content))
        {
            FailedOpens++;
            return RecordOutcome.BadTag;
        }

        LastWasNewest = _window.IsNewest(header.Sequence);
        _window.Accept(header.Sequence);
        return header.Type != ContentType.Tls12Cid || InnerPlaintext.TryRead(ref content, out type)
            ? RecordOutcome.ApplicationData : RecordOutcome.InnerPlaintext;
    }

    /// <summary>The Connection ID that is received, of what <see cref="Save"/> wrote.</summary>
    public static ReadOnlySpan<byte> SavedConnectionId(ReadOnlySpan<byte> saved) => saved.Slice(1, saved[0]);

    /// <summary>Passes over what <see cref="Save"/> wrote.</summary>
    public static void SkipSaved(ref WireReader reader)
    {
        reader.ReadVector8();
        reader.ReadBytes(sizeof(ushort) + (2 * RecordProtection.SavedLength) + 6 + ReplayWindow.SavedLength + 3);
        reader.ReadVector8();
        reader.ReadBytes(sizeof(ushort) + 1);
    }

    /// <summary>Reads what <see cref="Save"/> wrote; null when it is not that.</summary>
    public static RecordLayer? Load(ref WireReader reader)
    {
        var receiveConnectionId = reader.ReadVector8().ToArray();
        var suite = (DtlsCipherSuite)reader.ReadUInt16();
        if (!Enum.IsDefined(suite))
        {
            return null;
        }

        var records = new RecordLayer(0)
        {
            _read = RecordProtection.Load(suite, ref reader),
            _write = RecordProtection.Load(suite, ref reader),
            _protectedSequence = reader.ReadUInt48(),
            _window = ReplayWindow.Load(ref reader),
            FailedOpens = reader.ReadUInt24(),
            ReceiveConnectionId = receiveConnectionId,
            SendConnectionId = reader.ReadVector8().ToArray(),
            MaximumContent = reader.ReadUInt16(),
        };
        var flags = reader.ReadUInt8();
        records.ReturnRoutability = flags == 1;
        return reader.Failed || flags > 1 || records.FailedOpens < 0
            || records.MaximumContent is 0 or > RecordHeader.MaximumPlaintext ? null : records;
    }

    /// <summary>Writes epoch 1, secrets included. Nothing may be sent or accepted afterwards.</summary>
    public void Save(ref WireWriter writer)
    {
        writer.WriteVector8(ReceiveConnectionId);
        writer.WriteUInt16((ushort)_write!.Suite);
        _read!.Save(ref writer);
        _write.Save(ref writer);
        writer.WriteUInt48(_protectedSequence);
        _window.Save(ref writer);
        writer.WriteUInt24(FailedOpens);
        writer.WriteVector8(SendConnectionId);
        writer.WriteUInt16((ushort)MaximumContent);
        writer.WriteUInt8(ReturnRoutability ? (byte)1 : (byte)0);
    }

    /// <summary>For tests of the end of the number space.</summary>
    internal void SkipProtectedSequenceTo(ulong sequence) => _protectedSequence = sequence;

    private int WriteProtected(ContentType type, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        var protection = _write ?? throw new InvalidOperationException("No write keys are installed.");
        if (IsExhausted)
        {
            throw new InvalidOperationException("The sequence numbers are used up.");
        }

        // RFC 9146 §3: with a Connection ID negotiated, every protected record of this direction carries it.
        var connectionId = SendConnectionId;
        var withId = connectionId.Length > 0;
        var textLength = content.Length + (withId ? InnerPlaintext.Overhead : 0);
        var header = new RecordHeader(
            withId ? ContentType.Tls12Cid : type, DtlsVersion.Dtls12, 1, _protectedSequence++,
            textLength + protection.Overhead, connectionId.Length);
        header.Write(destination, connectionId);
        var fragment = destination.Slice(header.HeaderLength, header.FragmentLength);
        var text = fragment.Slice(RecordProtection.ExplicitNonceLength, textLength);
        content.CopyTo(text);
        if (withId)
        {
            text[^1] = (byte)type;
        }

        Span<byte> additional = stackalloc byte[AdditionalData.MaximumLength];
        additional = additional[..AdditionalData.Write(header, connectionId, textLength, additional)];
        protection.Seal(additional, ((ulong)header.Epoch << 48) | header.Sequence, fragment);
        return header.RecordLength;
    }

    private bool TryOpen(RecordProtection read, scoped in RecordHeader header, Span<byte> fragment, out Span<byte> content)
    {
        Span<byte> additional = stackalloc byte[AdditionalData.MaximumLength];
        additional = additional[..AdditionalData.Write(header, ReceiveConnectionId, fragment.Length - read.Overhead, additional)];
        return read.TryOpen(additional, fragment, out content);
    }

    /// <summary>RFC 9146 §3: the one form or the other, as negotiated; never both.</summary>
    private bool CarriesOurConnectionId(in RecordHeader header, ReadOnlySpan<byte> record) =>
        header.Type == ContentType.Tls12Cid
            ? ReceiveConnectionId.Length > 0
                && record.Slice(RecordHeader.ConnectionIdOffset, header.ConnectionIdLength).SequenceEqual(ReceiveConnectionId)
            : ReceiveConnectionId.Length == 0;
}
