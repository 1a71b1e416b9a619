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

    public bool ReadsProtected => _read is not null;

    public bool WritesProtected => _write is not null;

    /// <summary>The write sequence number has run out: nothing more can be sent.</summary>
    public bool IsExhausted => _protectedSequence >= MaximumSequence;

    /// <summary>How many protected records did not open (DESIGN D-5).</summary>
    public int FailedOpens { get; private set; }

    public static int Overhead(bool isProtected) => RecordHeader.Length + (isProtected ? RecordProtection.Overhead : 0);

    public void InstallRead(RecordProtection keys) => _read = keys;

    public void InstallWrite(RecordProtection keys) => _write = keys;

    /// <summary>Writes one record and tells its length; the caller made sure that it fits.</summary>
    public int Write(bool isProtected, ContentType type, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        if (!isProtected)
        {
            var plain = new RecordHeader(type, DtlsVersion.Dtls12, 0, _plainSequence++, content.Length);
            plain.Write(destination);
            content.CopyTo(destination[RecordHeader.Length..]);
            return RecordHeader.Length + content.Length;
        }

        var protection = _write ?? throw new InvalidOperationException("No write keys are installed.");
        if (IsExhausted)
        {
            throw new InvalidOperationException("The sequence numbers are used up.");
        }

        var header = new RecordHeader(type, DtlsVersion.Dtls12, 1, _protectedSequence++, content.Length + RecordProtection.Overhead);
        header.Write(destination);
        protection.Seal(header, content, destination.Slice(RecordHeader.Length, header.FragmentLength));
        return RecordHeader.Length + header.FragmentLength;
    }

    /// <summary>Opens a protected record in place: cheap checks first, the window moves last (RFC 6347 §4.1.2.6).</summary>
    public RecordOutcome Open(scoped in RecordHeader header, Span<byte> fragment, out Span<byte> plaintext)
    {
        plaintext = default;
        if (!_window.MayAccept(header.Sequence))
        {
            return RecordOutcome.Replayed;
        }

        if (_read is not { } read || !read.TryOpen(header, fragment, out plaintext))
        {
            FailedOpens++;
            return RecordOutcome.BadTag;
        }

        _window.Accept(header.Sequence);
        return RecordOutcome.ApplicationData;
    }

    /// <summary>For tests of the end of the number space.</summary>
    internal void SkipProtectedSequenceTo(ulong sequence) => _protectedSequence = sequence;
}
