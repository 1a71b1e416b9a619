using System.Buffers.Binary;
using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>
/// Our CONs on one connection: one outstanding (NSTART = 1, RFC 7252 §4.7), at most <see cref="MaxWaiting"/> behind it
/// in order. Exists only while there is one.
/// </summary>
internal sealed class ConfirmableSender(TransmissionParameters parameters, IEntropy entropy)
{
    public const int MaxWaiting = 64;

    private WaitingLine<Confirmable> _waiting;
    private Confirmable _outstanding;
    private TimeSpan _timeout;
    private Instant _deadline;
    private int _retransmissions;

    public bool HasOutstanding { get; private set; }

    public bool IsIdle => !HasOutstanding && _waiting.Count == 0;

    /// <summary>The retransmission or giving up that is due next.</summary>
    public Instant? Deadline => HasOutstanding ? _deadline : null;

    public bool HasWaiting => _waiting.Count > 0;

    /// <summary>There is nothing but a ping, whose answer can be missed.</summary>
    public bool IsOnlyPing => HasOutstanding && _outstanding.IsPing && _waiting.Count == 0;

    public bool IsFull => _waiting.Count == MaxWaiting;

    public bool TryEnqueue(in Confirmable confirmable)
    {
        if (IsFull)
        {
            return false;
        }

        _waiting.Add(confirmable);
        return true;
    }

    /// <summary>Takes the next one and makes it the outstanding one.</summary>
    public OutgoingMessage Begin(Instant now, ushort messageId, out Confirmable begun)
    {
        _waiting.TryTake(out var next);
        _outstanding = next with { Message = next.Message with { MessageId = messageId } };
        HasOutstanding = true;
        _retransmissions = 0;
        _timeout = InitialTimeout();
        _deadline = now + _timeout;
        begun = _outstanding;
        return begun.Message;
    }

    /// <summary>True when this Message ID is the outstanding CON's.</summary>
    public bool IsOutstanding(ushort messageId, out Confirmable confirmable)
    {
        confirmable = _outstanding;
        return HasOutstanding && _outstanding.Message.MessageId == messageId;
    }

    /// <summary>True when this request is the outstanding CON.</summary>
    public bool IsOutstanding(OutgoingRequest request) => HasOutstanding && _outstanding.IsRequest && _outstanding.Request == request;

    /// <summary>The outstanding CON if that is a notification; else the one that names none.</summary>
    public Notification OutstandingNotification => _outstanding.Notification;

    /// <summary>
    /// Another message takes the place of the outstanding notification; how often it was tried does not begin anew
    /// (RFC 7641 §4.5.2).
    /// </summary>
    public void Renew(in OutgoingMessage message, Notification notification) =>
        _outstanding = _outstanding with { Message = message, Notification = notification };

    /// <summary>Ends the outstanding CON: an ACK, an RST or a response came.</summary>
    public void Complete()
    {
        HasOutstanding = false;
        _outstanding = default;
    }

    /// <summary>
    /// When the time-out of the outstanding CON is due: true with the message to send again, or false when it has been
    /// retransmitted MAX_RETRANSMIT times and is given up (RFC 7252 §4.2).
    /// </summary>
    public bool TryRetransmit(Instant now, out OutgoingMessage message)
    {
        message = _outstanding.Message;
        if (_retransmissions == parameters.MaxRetransmit)
        {
            return false;
        }

        _retransmissions++;
        _timeout *= 2;
        _deadline = now + _timeout;
        return true;
    }

    /// <summary>Takes the outstanding CON, then the waiting ones: what is given up with a peer that does not answer.</summary>
    public bool TryGiveUp(out Confirmable confirmable)
    {
        if (!HasOutstanding)
        {
            return _waiting.TryTake(out confirmable);
        }

        confirmable = _outstanding;
        Complete();
        return true;
    }

    // RFC 7252 §4.2: a random duration between ACK_TIMEOUT and ACK_TIMEOUT * ACK_RANDOM_FACTOR.
    private TimeSpan InitialTimeout()
    {
        Span<byte> bytes = stackalloc byte[2];
        entropy.Fill(bytes);
        var fraction = BinaryPrimitives.ReadUInt16BigEndian(bytes) / (double)ushort.MaxValue;
        return parameters.AckTimeout * (1 + (fraction * (parameters.AckRandomFactor - 1)));
    }
}
