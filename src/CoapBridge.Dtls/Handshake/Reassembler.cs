using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake;

/// <summary>What became of a fragment.</summary>
internal enum FragmentOutcome
{
    Taken,

    /// <summary>Of a message that was handled before: the peer did not hear our answer (RFC 6347 §4.2.4).</summary>
    Old,

    /// <summary>Not kept: too far ahead, contradicting what is there, or of no use.</summary>
    Discarded,

    /// <summary>The next message is longer than any of its type may be.</summary>
    TooLong,

    /// <summary>The next message is of a type that this side never gets.</summary>
    Unexpected,
}

/// <summary>
/// Puts fragments together, in whatever order they come (RFC 6347 §4.2.3). A message's memory is its type's maximum at
/// most, at most <see cref="MaximumAhead"/> messages are open at once, and <see cref="MaximumKept"/> bytes in all.
/// </summary>
internal sealed class Reassembler(ushort firstSequence, Func<HandshakeType, int> maximumLength)
{
    /// <summary>The longest flight has five messages (RFC 6347 §4.2.4, Figure 1).</summary>
    private const int MaximumAhead = 6;

    /// <summary>More than the largest flight, which has one Certificate.</summary>
    private const int MaximumKept = 2 * 8192;

    private readonly Partial?[] _open = new Partial?[MaximumAhead];
    private int _kept;

    /// <summary>The most that <see cref="Kept"/> may be: the next message is always taken.</summary>
    public const int KeptAtMost = MaximumKept + CertificateMessage.MaximumLength;

    /// <summary>Bytes of messages that are not handed out yet.</summary>
    public int Kept => _kept;

    /// <summary>message_seq of the message that <see cref="TryTakeNext"/> hands out next.</summary>
    public ushort NextSequence { get; private set; } = firstSequence;

    public FragmentOutcome Add(in HandshakeHeader header, ReadOnlySpan<byte> fragment)
    {
        var ahead = header.MessageSequence - NextSequence;
        if (ahead < 0)
        {
            return FragmentOutcome.Old;
        }

        // RFC 6347 §4.2.3 allows an empty fragment only for an empty message; elsewhere it makes no progress.
        if (ahead >= MaximumAhead || (fragment.IsEmpty && header.MessageLength != 0))
        {
            return FragmentOutcome.Discarded;
        }

        var maximum = maximumLength(header.Type);
        if (header.MessageLength > maximum)
        {
            return ahead > 0 ? FragmentOutcome.Discarded
                : maximum == MessageLimits.Never ? FragmentOutcome.Unexpected : FragmentOutcome.TooLong;
        }

        ref var slot = ref _open[header.MessageSequence % MaximumAhead];
        if (slot is null)
        {
            if (ahead > 0 && _kept + header.MessageLength > MaximumKept)
            {
                return FragmentOutcome.Discarded;
            }

            slot = new Partial(header.Type, header.MessageLength);
            _kept += slot.Length;
        }

        if (slot.Type != header.Type || slot.Length != header.MessageLength)
        {
            return FragmentOutcome.Discarded;
        }

        slot.Add(header.FragmentOffset, fragment);
        return FragmentOutcome.Taken;
    }

    /// <summary>The next message in order, once all of it is there.</summary>
    public bool TryTakeNext(out HandshakeMessage message)
    {
        ref var slot = ref _open[NextSequence % MaximumAhead];
        if (slot is not { IsComplete: true } complete)
        {
            message = default;
            return false;
        }

        message = new HandshakeMessage(complete.Type, NextSequence, complete.Body);
        _kept -= complete.Length;
        slot = null;
        NextSequence++;
        return true;
    }

    private sealed class Partial(HandshakeType type, int length)
    {
        private readonly ulong[] _received = new ulong[(length + 63) / 64];
        private int _missing = length;

        public HandshakeType Type { get; } = type;

        public byte[] Body { get; } = new byte[length];

        public int Length => Body.Length;

        public bool IsComplete => _missing == 0;

        public void Add(int offset, ReadOnlySpan<byte> fragment)
        {
            for (var index = 0; index < fragment.Length; index++)
            {
                ref var word = ref _received[(offset + index) / 64];
                var bit = 1UL << ((offset + index) % 64);
                if ((word & bit) == 0)
                {
                    word |= bit;
                    _missing--;
                    Body[offset + index] = fragment[index];
                }
            }
        }
    }
}
