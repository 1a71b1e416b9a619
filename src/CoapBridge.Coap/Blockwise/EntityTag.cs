using System.Security.Cryptography;

namespace CoapBridge.Coap;

/// <summary>An ETag made from the content (RFC 7252 §5.10.6): equal content has the same, at any time, in any run.</summary>
public static class EntityTag
{
    /// <summary>Bytes of a tag.</summary>
    public const int Length = 8;

    /// <summary>Writes the tag of a payload.</summary>
    /// <param name="payload">The whole representation.</param>
    /// <param name="tag">At least <see cref="Length"/> bytes.</param>
    public static void Write(ReadOnlySpan<byte> payload, Span<byte> tag)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(payload, digest);
        digest[..Length].CopyTo(tag);
    }
}
