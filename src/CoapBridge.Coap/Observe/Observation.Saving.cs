using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <content>
/// <code>
/// struct {
///   opaque token&lt;0..8&gt;; opaque request&lt;0..256&gt;; uint8 has_format; uint16 format; uint32 block2;
///   uint8 has_non; uint16 non; uint48 unconfirmed;     milliseconds since the last acknowledgement
/// } Observation;
/// </code>
/// </content>
internal sealed partial class Observation
{
    /// <summary>More than <see cref="Save"/> ever writes.</summary>
    public const int MaximumSaved = MaximumRequest + 32;

    public void Save(Instant now, ref WireWriter writer)
    {
        Span<byte> bytes = stackalloc byte[CoapMessage.MaxTokenLength];
        Token.CopyTo(bytes);
        writer.WriteVector8(bytes[..Token.Length]);
        writer.WriteVector16(Request);
        writer.WriteUInt8(ContentFormat is null ? (byte)0 : (byte)1);
        writer.WriteUInt16((ushort)(ContentFormat ?? 0));
        writer.WriteUInt32(Terms.Block2 is { } block ? block.ToUInt32() : uint.MaxValue);
        writer.WriteUInt8(NonConfirmableId is null ? (byte)0 : (byte)1);
        writer.WriteUInt16(NonConfirmableId ?? 0);
        writer.WriteUInt48((ulong)Math.Max(0, (now - _confirmed).Ticks / TimeSpan.TicksPerMillisecond));
    }

    /// <summary>Null when it is not what <see cref="Save"/> wrote.</summary>
    public static Observation? Load(Instant saved, ref WireReader reader)
    {
        var token = reader.ReadVector8();
        var request = reader.ReadVector16();
        var hasFormat = reader.ReadUInt8();
        var format = reader.ReadUInt16();
        var block2 = reader.ReadUInt32();
        var hasNon = reader.ReadUInt8();
        var non = reader.ReadUInt16();
        var unconfirmed = reader.ReadUInt48();
        if (reader.Failed || token.Length > CoapMessage.MaxTokenLength || request.Length > MaximumRequest || hasFormat > 1 || hasNon > 1
            || (block2 != uint.MaxValue && !BlockOption.TryFrom(block2, out _)) || unconfirmed > int.MaxValue)
        {
            return null;
        }

        var observation = new Observation(new Token(token))
        {
            Request = request.IsEmpty ? null : request.ToArray(),
            ContentFormat = hasFormat == 1 ? format : null,
            Terms = ResponseTerms.ForBlock2(block2 == uint.MaxValue ? null : block2),
            NonConfirmableId = hasNon == 1 ? non : null,
            _confirmed = saved - TimeSpan.FromMilliseconds(unconfirmed),
        };
        return observation.TryReadKey() ? observation : null;
    }

    /// <summary>The registration as a message, to be handled again.</summary>
    public byte[] Registration()
    {
        Span<byte> bytes = stackalloc byte[CoapMessage.MaxTokenLength];
        Token.CopyTo(bytes);
        var buffer = new byte[MaximumRequest + 32];
        var message = new CoapWriter(buffer, MessageType.Confirmable, CoapCode.Get, 0, bytes[..Token.Length]);
        var options = new OptionWriter(buffer.AsSpan(message.Length));
        new AddedOptions { Observe = 0, Block2 = Terms.Block2?.ToUInt32() }.Merge(Request, ref options);
        return buffer[..(message.Length + options.Length)];
    }

    private bool TryReadKey()
    {
        if (!CoapMessage.TryParse(Registration(), out var message, out _))
        {
            return false;
        }

        Key = CacheKey.Hash(message);
        return true;
    }
}
