using System.Numerics;
using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>
/// The messages that were accepted on one connection, oldest first: a ring that grows and shrinks with them. A CON is
/// remembered for EXCHANGE_LIFETIME, a NON for NON_LIFETIME (RFC 7252 §4.5), at most <see cref="MaxEntries"/> of them.
/// When it is full, the oldest goes if it is finished and older than MAX_TRANSMIT_WAIT (its sender has given up by
/// then); if not, the newcomer is refused. Bodies of answers are held up to <see cref="MaxBodyBytes"/>; above that the
/// oldest bodies are forgotten. Only the connection's own peer can fill it.
/// </summary>
internal sealed partial class ReceivedMessages(TransmissionParameters parameters, ulong firstSequence)
{
    /// <summary>Enough for 88 messages a second over MAX_TRANSMIT_WAIT.</summary>
    public const int MaxEntries = 8192;

    public const int MaxBodyBytes = 65_536;

    private const int SmallestCapacity = 4;

    // Swept in batches, so that a busy connection does not ask for a timer for each message.
    private static readonly TimeSpan SweepSlack = TimeSpan.FromSeconds(10);

    private ushort[] _messageIds = new ushort[SmallestCapacity];
    private ReceivedMessage[] _entries = new ReceivedMessage[SmallestCapacity];
    private ulong _head = firstSequence;
    private ulong _tail = firstSequence;
    private ulong _oldestUnacknowledged = firstSequence;
    private ulong _oldestBody = firstSequence;
    private int _bodyBytes;

    public int Count => (int)(_tail - _head);

    public int OpenCount { get; private set; }

    public int BodyBytes => _bodyBytes;

    /// <summary>Of the oldest message.</summary>
    public ulong FirstSequence => _head;

    /// <summary>The sequence number that the next message will get; never reused on a connection.</summary>
    public ulong NextSequence => _tail;

    /// <summary>When the oldest unanswered CON was received.</summary>
    public Instant? OldestUnacknowledged
    {
        get
        {
            _oldestUnacknowledged = Math.Max(_oldestUnacknowledged, _head);
            while (_oldestUnacknowledged < _tail && !this[_oldestUnacknowledged].NeedsAcknowledgement)
            {
                _oldestUnacknowledged++;
            }

            return _oldestUnacknowledged < _tail ? this[_oldestUnacknowledged].Received : null;
        }
    }

    public Instant? NextSweep => Count == 0 ? null : Expiry(this[_head]) + SweepSlack;

    public ref ReceivedMessage this[ulong sequence] => ref _entries[Slot(sequence)];

    public ushort MessageIdOf(ulong sequence) => _messageIds[Slot(sequence)];

    /// <summary>The oldest CON that waits for its ACK; <see cref="OldestUnacknowledged"/> must not be null.</summary>
    public ulong OldestUnacknowledgedSequence => _oldestUnacknowledged;

    public bool IsRemembered(Instant now, ulong sequence) =>
        sequence >= _head && sequence < _tail && now < Expiry(this[sequence]);

    /// <summary>Finds the message that has this Message ID and is still to be remembered.</summary>
    public bool TryFind(Instant now, ushort messageId, out ulong sequence)
    {
        var slots = _messageIds.AsSpan();
        for (var from = 0; slots[from..].IndexOf(messageId) is >= 0 and var at;)
        {
            var slot = (uint)(from + at);
            sequence = _head + ((slot - (uint)_head) & (uint)(slots.Length - 1));
            if (IsRemembered(now, sequence) && this[sequence].State != ReceivedState.Repeatable)
            {
                return true;
            }

            from = (int)slot + 1;
            if (from == slots.Length)
            {
                break;
            }
        }

        sequence = 0;
        return false;
    }

    /// <summary>False when the ring is full of messages that must be kept.</summary>
    public bool TryAdd(Instant now, in CoapMessage message, ReceivedState state, out ulong sequence, ResponseTerms terms = default, int key = 0)
    {
        sequence = _tail;
        DropExpired(now);
        if (Count == MaxEntries && !TryEvict(now))
        {
            return false;
        }

        if (Count == _entries.Length)
        {
            Resize(_entries.Length * 2);
        }

        _tail++;
        _messageIds[Slot(sequence)] = message.MessageId;
        this[sequence] = new ReceivedMessage(now, message.Type, message.Token, state) { Terms = terms, Key = key };
        OpenCount += this[sequence].IsOpen ? 1 : 0;
        return true;
    }

    /// <summary>When the oldest message may be evicted.</summary>
    public Instant EvictableAt => this[_head].Received + parameters.MaxTransmitWait;

    /// <summary>What an open exchange asks for, as long as it is open.</summary>
    public void Hold(ulong sequence, byte[] registration) => this[sequence].Body = registration;

    /// <summary>Ends an open exchange without an answer to remember.</summary>
    public void Finish(ulong sequence)
    {
        this[sequence].State = ReceivedState.Finished;
        this[sequence].Body = null;
        OpenCount--;
    }

    /// <summary>Ends an open exchange and remembers its piggybacked answer.</summary>
    public void Remember(ulong sequence, CoapCode code, byte[]? body)
    {
        ref var entry = ref this[sequence];
        entry.State = ReceivedState.Piggybacked;
        entry.Code = code;
        entry.Body = body;
        OpenCount--;
        if (body is not null)
        {
            _bodyBytes += body.Length;
            _oldestBody = Math.Min(_oldestBody, sequence);
            ForgetBodies();
        }
    }

    /// <summary>A remembered answer that is held elsewhere need not be held here.</summary>
    public void MakeRepeatable(ulong sequence) => ForgetBody(ref this[sequence], ReceivedState.Repeatable);

    /// <summary>Lets go of what has expired, and of room that is no longer needed.</summary>
    public void Sweep(Instant now)
    {
        DropExpired(now);
        var wanted = Math.Max(SmallestCapacity, (int)BitOperations.RoundUpToPowerOf2((uint)Count));
        if (wanted * 4 <= _entries.Length)
        {
            Resize(wanted * 2);
        }
    }

    private void DropExpired(Instant now)
    {
        while (_head < _tail && Expiry(this[_head]) <= now)
        {
            DropOldest();
        }
    }

    private bool TryEvict(Instant now)
    {
        if (this[_head].IsOpen || EvictableAt > now)
        {
            return false;
        }

        DropOldest();
        return true;
    }

    private void DropOldest()
    {
        ref var oldest = ref this[_head];
        OpenCount -= oldest.IsOpen ? 1 : 0;
        _bodyBytes -= oldest.IsOpen ? 0 : oldest.Body?.Length ?? 0;
        oldest = default;
        _head++;
    }

    private void ForgetBodies()
    {
        for (_oldestBody = Math.Max(_oldestBody, _head); _bodyBytes > MaxBodyBytes; _oldestBody++)
        {
            ref var entry = ref this[_oldestBody];
            if (entry.IsOpen)
            {
                continue;
            }

            ForgetBody(ref entry, entry.Terms.IsSafe ? ReceivedState.Repeatable : ReceivedState.Forgotten);
        }
    }

    private void ForgetBody(ref ReceivedMessage entry, ReceivedState state)
    {
        if (entry.Body is { } body)
        {
            _bodyBytes -= body.Length;
            entry.Body = null;
            entry.State = state;
        }
    }

    private void Resize(int capacity)
    {
        var messageIds = new ushort[capacity];
        var entries = new ReceivedMessage[capacity];
        for (var sequence = _head; sequence < _tail; sequence++)
        {
            var slot = (int)(sequence & (ulong)(capacity - 1));
            messageIds[slot] = MessageIdOf(sequence);
            entries[slot] = this[sequence];
        }

        (_messageIds, _entries) = (messageIds, entries);
    }

    private int Slot(ulong sequence) => (int)(sequence & (ulong)(_entries.Length - 1));

    private Instant Expiry(in ReceivedMessage entry) =>
        entry.Received + (entry.Type == MessageType.Confirmable ? parameters.ExchangeLifetime : parameters.NonLifetime);
}
