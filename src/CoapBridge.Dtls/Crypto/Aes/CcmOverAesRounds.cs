using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>
/// AES-128-CCM over a processor's AES instructions. The round keys live in locals for one call, so a connection keeps 20
/// bytes of key material per direction and nothing else. Each step encrypts a MAC block and the next counter block: the
/// two do not wait for one another, so the processor does them side by side.
/// </summary>
internal static class CcmOverAesRounds<TRounds>
    where TRounds : struct, IAesRounds
{
    private const int BlockLength = 16;
    private const int NonceLength = 12;

    // RFC 3610 §2.2: a 12-byte nonce leaves L = 3 bytes for the message length.
    private const int LengthSize = 15 - NonceLength;

    public static void Encrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional,
        ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        Span<byte> full = stackalloc byte[BlockLength];
        Process(key, nonce, additional, plaintext, ciphertext, tag.Length, decrypts: false).CopyTo(full);
        full[..tag.Length].CopyTo(tag);
    }

    public static bool TryDecrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> text, ReadOnlySpan<byte> tag)
    {
        Span<byte> full = stackalloc byte[BlockLength];
        Process(key, nonce, additional, text, text, tag.Length, decrypts: true).CopyTo(full);
        if (CryptographicOperations.FixedTimeEquals(full[..tag.Length], tag))
        {
            return true;
        }

        text.Clear();
        return false;
    }

    /// <summary>The text through the key stream, and the whole tag of its plaintext.</summary>
    private static Vector128<byte> Process(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional,
        ReadOnlySpan<byte> source, Span<byte> destination, int tagLength, bool decrypts)
    {
        Aes128<TRounds> aes = default;
        aes.Expand(key);
        Span<byte> padded = stackalloc byte[BlockLength];
        padded[0] = LengthSize - 1;
        nonce[..NonceLength].CopyTo(padded[1..]);
        var counterBlock = Vector128.Create<byte>(padded);
        var lastWord = (uint)nonce[NonceLength - 1] << 24;

        var tagMask = aes.Encrypt(counterBlock);
        var mac = StartMac(aes, counterBlock, lastWord, additional, source.Length, tagLength, padded);
        var stream = aes.Encrypt(CounterBlock(counterBlock, ++lastWord));
        var whole = source.Length & -BlockLength;
        for (var offset = 0; offset < whole; offset += BlockLength)
        {
            var block = Vector128.Create(source.Slice(offset, BlockLength));
            var other = block ^ stream;
            mac = aes.Encrypt(mac ^ (decrypts ? other : block));
            stream = aes.Encrypt(CounterBlock(counterBlock, ++lastWord));
            other.CopyTo(destination.Slice(offset, BlockLength));
        }

        if (whole < source.Length)
        {
            var rest = source.Length - whole;
            padded.Clear();
            source[whole..].CopyTo(padded);
            var block = Vector128.Create<byte>(padded);
            (block ^ stream).CopyTo(padded);
            padded[..rest].CopyTo(destination[whole..]);

            // Beyond the end the MAC sees zeros (RFC 3610 §2.2), not key stream.
            padded[rest..].Clear();
            mac = aes.Encrypt(mac ^ (decrypts ? Vector128.Create<byte>(padded) : block));
        }

        aes = default;
        return mac ^ tagMask;
    }

    /// <summary>B_0 and the additional data through the CBC-MAC (RFC 3610 §2.2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> StartMac(
        in Aes128<TRounds> aes, Vector128<byte> counterBlock, uint lastWord, ReadOnlySpan<byte> additional,
        int textLength, int tagLength, Span<byte> padded)
    {
        var flags = (additional.IsEmpty ? 0 : 0x40) | ((tagLength - 2) / 2 << 3) | (LengthSize - 1);
        var mac = aes.Encrypt(CounterBlock(counterBlock, lastWord | (uint)textLength).WithElement(0, (byte)flags));
        if (additional.IsEmpty)
        {
            return mac;
        }

        padded.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(padded, (ushort)additional.Length);
        var taken = Math.Min(additional.Length, BlockLength - 2);
        additional[..taken].CopyTo(padded[2..]);
        mac = aes.Encrypt(mac ^ Vector128.Create<byte>(padded));
        for (var rest = additional[taken..]; !rest.IsEmpty; rest = rest[taken..])
        {
            padded.Clear();
            taken = Math.Min(rest.Length, BlockLength);
            rest[..taken].CopyTo(padded);
            mac = aes.Encrypt(mac ^ Vector128.Create<byte>(padded));
        }

        return mac;
    }

    /// <summary>The block with another last word: the nonce's last byte and three bytes of counter or length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> CounterBlock(Vector128<byte> block, uint lastWord) =>
        block.AsUInt32().WithElement(3, BinaryPrimitives.ReverseEndianness(lastWord)).AsByte();
}
