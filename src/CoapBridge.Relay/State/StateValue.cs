using System.Buffers.Binary;
using System.Security.Cryptography;
using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>What a topic holds: the representation that all who ask are given. Immutable.</summary>
internal sealed class StateValue
{
    private readonly Content _content;
    private readonly Instant? _expires;

    public StateValue(Instant now, ApplicationMessage message)
    {
        var format = ContentFormats.Of(message);
        _content = new Content(message.Payload) { Format = format, EntityTag = TagOf(message.Payload.Span, format) };
        _expires = message.MessageExpiryInterval is { } seconds ? now + TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>Of the content and its format alone, so that the same value has the same after a restart (RFC 7252 §5.10.6).</summary>
    public ReadOnlySpan<byte> EntityTag => _content.EntityTag.Span;

    public int Length => _content.Payload.Length;

    public bool HasExpired(Instant now) => _expires <= now;

    public bool IsSameAs(StateValue? other) => other is not null && EntityTag.SequenceEqual(other.EntityTag);

    /// <summary>Whether a request for this format can be satisfied; bytes of no known format are an octet stream.</summary>
    public bool Satisfies(uint? accept) => accept is null || accept == (_content.Format ?? ContentFormats.OctetStream);

    /// <summary>2.05 with the content.</summary>
    /// <param name="now">The present.</param>
    /// <param name="maxAge">Seconds that it counts as fresh, unless the message expires before; null: not said.</param>
    public Answer ToAnswer(Instant now, uint? maxAge) => new(CoapCode.Content, MaxAge: MaxAge(now, maxAge)) { Content = _content };

    /// <summary>2.03: what the device has is still right (RFC 7252 §5.9.1.3).</summary>
    public Answer ToValid(Instant now, uint? maxAge) =>
        new(CoapCode.Valid, MaxAge: MaxAge(now, maxAge)) { Content = new Content(default) { EntityTag = _content.EntityTag } };

    private uint? MaxAge(Instant now, uint? most) =>
        _expires is { } end ? (uint)Math.Min(most ?? uint.MaxValue, Math.Max(0, Math.Floor((end - now).TotalSeconds))) : most;

    private static byte[] TagOf(ReadOnlySpan<byte> payload, ushort? format)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> prefix = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(prefix, format ?? -1);
        hash.AppendData(prefix);
        hash.AppendData(payload);
        return hash.GetHashAndReset()[..8];
    }
}
