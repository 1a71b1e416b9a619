using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <content>
/// <code>
/// struct { uint16 message_id; uint8 type; uint8 state; uint8 code; uint32 age; opaque token&lt;0..8&gt;; opaque body&lt;0..2^16-1&gt;; } Entry;
/// struct { uint16 count; Entry entries[count]; }     oldest first, age in milliseconds
/// </code>
/// </content>
internal sealed partial class ReceivedMessages
{
    /// <summary>Writes what is still to be remembered. An open exchange is forgotten: nobody will answer it.</summary>
    public void Save(Instant now, ref WireWriter writer)
    {
        var kept = 0;
        for (var sequence = _head; sequence < _tail; sequence++)
        {
            kept += IsKept(now, sequence) ? 1 : 0;
        }

        writer.WriteUInt16((ushort)kept);
        for (var sequence = _head; sequence < _tail; sequence++)
        {
            if (IsKept(now, sequence))
            {
                SaveEntry(now, sequence, ref writer);
            }
        }
    }

    /// <summary>Adds what <see cref="Save"/> wrote; false when it is not that.</summary>
    /// <param name="saved">When it was saved, on the present clock.</param>
    /// <param name="reader">Moved past the entries.</param>
    public bool TryLoad(Instant saved, ref WireReader reader)
    {
        var oldest = uint.MaxValue;
        for (int left = reader.ReadUInt16(); left > 0; left--)
        {
            var messageId = reader.ReadUInt16();
            var type = (MessageType)reader.ReadUInt8();
            var state = (ReceivedState)reader.ReadUInt8();
            var code = new CoapCode(reader.ReadUInt8());
            var age = reader.ReadUInt32();
            var token = reader.ReadVector8();
            var body = reader.ReadVector16();
            if (reader.Failed || age > oldest || !IsPlausible(type, state, code, token, body))
            {
                return false;
            }

            oldest = age;
            Restore(messageId, new ReceivedMessage(
                saved - TimeSpan.FromMilliseconds(age), type, token, state, code, body.IsEmpty ? null : body.ToArray()));
        }

        return !reader.Failed && Count <= MaxEntries && _bodyBytes <= MaxBodyBytes;
    }

    private static bool IsPlausible(
        MessageType type, ReceivedState state, CoapCode code, ReadOnlySpan<byte> token, ReadOnlySpan<byte> body) =>
        type <= MessageType.NonConfirmable
        && state is ReceivedState.Piggybacked or ReceivedState.Forgotten or ReceivedState.Finished
        && (state == ReceivedState.Piggybacked ? code.IsResponse : body.IsEmpty)
        && token.Length <= CoapMessage.MaxTokenLength
        && OutgoingMessage.LengthOf(new Token(token), default, default) + body.Length <= CoapMessage.MaxLength;

    private void Restore(ushort messageId, in ReceivedMessage message)
    {
        if (Count == _entries.Length)
        {
            Resize(_entries.Length * 2);
        }

        var sequence = _tail++;
        _messageIds[Slot(sequence)] = messageId;
        this[sequence] = message;
        _bodyBytes += message.Body?.Length ?? 0;
    }

    private bool IsKept(Instant now, ulong sequence) => IsRemembered(now, sequence) && !this[sequence].IsOpen && this[sequence].State != ReceivedState.Repeatable;

    private void SaveEntry(Instant now, ulong sequence, ref WireWriter writer)
    {
        ref var entry = ref this[sequence];
        Span<byte> token = stackalloc byte[CoapMessage.MaxTokenLength];
        entry.Token.CopyTo(token);
        writer.WriteUInt16(MessageIdOf(sequence));
        writer.WriteUInt8((byte)entry.Type);
        writer.WriteUInt8((byte)entry.State);
        writer.WriteUInt8(entry.Code.Value);
        writer.WriteUInt32((uint)Math.Clamp((now - entry.Received).Ticks / TimeSpan.TicksPerMillisecond, 0, uint.MaxValue));
        writer.WriteVector8(token[..entry.Token.Length]);
        writer.WriteVector16(entry.Body);
    }
}
