using System.Security.Cryptography;

namespace CoapBridge.Identity;

/// <summary>
/// Remembers paths whose signatures have been verified, so that a device which comes again costs no verification, and the keys of
/// intermediates, so that a new device of theirs costs one. Only that is remembered: dates, rules and names are asked anew each time. One owner's anchors only. A
/// newcomer takes the place of whoever had its slot; nobody waits and nothing grows, and only certificates that a CA of ours has
/// signed get in. For any number of threads at once.
/// </summary>
internal sealed class VerifiedPaths
{
    /// <summary>A power of two; 64 bytes each when used.</summary>
    public const int Slots = 16_384;

    private const int IssuerSlots = 256;

    private readonly byte[]?[] _slots = new byte[]?[Slots];
    private readonly Issuer?[] _issuers = new Issuer?[IssuerSlots];

    /// <summary>What stands for these certificates, signatures included: SHA-256 of their SHA-256s.</summary>
    public static byte[] DigestOf(IReadOnlyList<Certificate> certificates)
    {
        Span<byte> each = stackalloc byte[SHA256.HashSizeInBytes * certificates.Count];
        for (var index = 0; index < certificates.Count; index++)
        {
            SHA256.HashData(certificates[index].Encoded.Span, each[(index * SHA256.HashSizeInBytes)..]);
        }

        return SHA256.HashData(each);
    }

    public bool Contains(ReadOnlySpan<byte> digest) => Volatile.Read(ref SlotOf(digest)) is { } known && digest.SequenceEqual(known);

    public void Add(byte[] digest) => Volatile.Write(ref SlotOf(digest), digest);

    /// <summary>The key of the lowest of these intermediates, if all their signatures were verified.</summary>
    public IssuerKey? FindIssuer(ReadOnlySpan<byte> digest) =>
        Volatile.Read(ref _issuers[digest[0]]) is { } known && digest.SequenceEqual(known.Digest) ? known.Key : null;

    /// <summary>Whoever had the slot may be in use on another thread, so its key is left to the garbage collector.</summary>
    public void AddIssuer(byte[] digest, IssuerKey key) => Volatile.Write(ref _issuers[digest[0]], new(digest, key));

    private ref byte[]? SlotOf(ReadOnlySpan<byte> digest) => ref _slots[((digest[0] << 8) | digest[1]) & (Slots - 1)];

    private sealed record Issuer(byte[] Digest, IssuerKey Key);
}
