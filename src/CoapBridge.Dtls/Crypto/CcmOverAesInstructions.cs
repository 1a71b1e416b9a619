using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using AesInstructions = System.Runtime.Intrinsics.X86.Aes;
using Sse2 = System.Runtime.Intrinsics.X86.Sse2;

namespace CoapBridge.Dtls.Crypto;

/// <summary>
/// AES-128-CCM over the processor's AES instructions. The round keys live in locals for one call, so a connection keeps
/// 20 bytes of key material per direction and nothing else. Instructions take the same time for all data.
/// </summary>
internal static class CcmOverAesInstructions
{
    private const int BlockLength = 16;
    private const int NonceLength = 12;

    // RFC 3610 §2.2: a 12-byte nonce leaves L = 3 bytes for the message length.
    private const int LengthSize = 15 - NonceLength;

    public static bool IsSupported => AesInstructions.IsSupported && Sse2.IsSupported;

    public static void Encrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional,
        ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        RoundKeys keys = default;
        Expand(key, ref keys);
        var mac = StartMac(ref keys, nonce, additional, plaintext.Length, tag.Length);
        var counter = 1;
        var offset = 0;
        for (; plaintext.Length - offset >= BlockLength; offset += BlockLength)
        {
            var block = Vector128.Create(plaintext.Slice(offset, BlockLength));
            var stream = CounterBlock(nonce, counter++);
            EncryptTwo(ref keys, ref stream, ref mac, block);
            (block ^ stream).CopyTo(ciphertext[offset..]);
        }

        if (offset < plaintext.Length)
        {
            Span<byte> padded = stackalloc byte[BlockLength];
            plaintext[offset..].CopyTo(padded);
            var block = Vector128.Create<byte>(padded);
            var stream = CounterBlock(nonce, counter);
            EncryptTwo(ref keys, ref stream, ref mac, block);
            (block ^ stream).CopyTo(padded);
            padded[..(plaintext.Length - offset)].CopyTo(ciphertext[offset..]);
        }

        FinishTag(ref keys, nonce, mac, tag);
        keys = default;
    }

    public static bool TryDecrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> text, ReadOnlySpan<byte> tag)
    {
        RoundKeys keys = default;
        Expand(key, ref keys);
        var mac = StartMac(ref keys, nonce, additional, text.Length, tag.Length);
        var counter = 1;
        var offset = 0;
        for (; text.Length - offset >= BlockLength; offset += BlockLength)
        {
            var block = Vector128.Create<byte>(text.Slice(offset, BlockLength)) ^ EncryptBlock(ref keys, CounterBlock(nonce, counter++));
            block.CopyTo(text[offset..]);
            mac = EncryptBlock(ref keys, mac ^ block);
        }

        if (offset < text.Length)
        {
            var rest = text[offset..];
            Span<byte> padded = stackalloc byte[BlockLength];
            rest.CopyTo(padded);
            (Vector128.Create<byte>(padded) ^ EncryptBlock(ref keys, CounterBlock(nonce, counter))).CopyTo(padded);
            padded[rest.Length..].Clear();
            padded[..rest.Length].CopyTo(rest);
            mac = EncryptBlock(ref keys, mac ^ Vector128.Create<byte>(padded));
        }

        Span<byte> expected = stackalloc byte[tag.Length];
        FinishTag(ref keys, nonce, mac, expected);
        keys = default;
        if (CryptographicOperations.FixedTimeEquals(expected, tag))
        {
            return true;
        }

        text.Clear();
        return false;
    }

    /// <summary>B_0 and the additional data through the CBC-MAC (RFC 3610 §2.2).</summary>
    private static Vector128<byte> StartMac(
        ref RoundKeys keys, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, int textLength, int tagLength)
    {
        Span<byte> block = stackalloc byte[BlockLength];
        block[0] = (byte)((additional.IsEmpty ? 0 : 0x40) | ((tagLength - 2) / 2 << 3) | (LengthSize - 1));
        nonce.CopyTo(block[1..]);
        BinaryPrimitives.WriteUInt16BigEndian(block[14..], (ushort)textLength);
        block[13] = (byte)(textLength >> 16);
        var mac = EncryptBlock(ref keys, Vector128.Create<byte>(block));
        if (additional.IsEmpty)
        {
            return mac;
        }

        block.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(block, (ushort)additional.Length);
        var taken = Math.Min(additional.Length, BlockLength - 2);
        additional[..taken].CopyTo(block[2..]);
        mac = EncryptBlock(ref keys, mac ^ Vector128.Create<byte>(block));
        for (var rest = additional[taken..]; !rest.IsEmpty; rest = rest[taken..])
        {
            block.Clear();
            taken = Math.Min(rest.Length, BlockLength);
            rest[..taken].CopyTo(block);
            mac = EncryptBlock(ref keys, mac ^ Vector128.Create<byte>(block));
        }

        return mac;
    }

    private static void FinishTag(ref RoundKeys keys, ReadOnlySpan<byte> nonce, Vector128<byte> mac, Span<byte> tag)
    {
        Span<byte> full = stackalloc byte[BlockLength];
        (mac ^ EncryptBlock(ref keys, CounterBlock(nonce, 0))).CopyTo(full);
        full[..tag.Length].CopyTo(tag);
    }

    private static Vector128<byte> CounterBlock(ReadOnlySpan<byte> nonce, int counter)
    {
        Span<byte> block = stackalloc byte[BlockLength];
        BinaryPrimitives.WriteUInt32BigEndian(block[12..], (uint)counter);
        block[0] = LengthSize - 1;
        nonce.CopyTo(block[1..]);
        return Vector128.Create<byte>(block);
    }

    /// <summary>A counter block and a MAC block side by side: the two do not wait for one another.</summary>
    private static void EncryptTwo(ref RoundKeys keys, ref Vector128<byte> stream, ref Vector128<byte> mac, Vector128<byte> block)
    {
        stream ^= keys[0];
        mac ^= block ^ keys[0];
        for (var round = 1; round < 10; round++)
        {
            stream = AesInstructions.Encrypt(stream, keys[round]);
            mac = AesInstructions.Encrypt(mac, keys[round]);
        }

        stream = AesInstructions.EncryptLast(stream, keys[10]);
        mac = AesInstructions.EncryptLast(mac, keys[10]);
    }

    private static Vector128<byte> EncryptBlock(ref RoundKeys keys, Vector128<byte> block)
    {
        block ^= keys[0];
        for (var round = 1; round < 10; round++)
        {
            block = AesInstructions.Encrypt(block, keys[round]);
        }

        return AesInstructions.EncryptLast(block, keys[10]);
    }

    /// <summary>The AES-128 key schedule (FIPS 197 §5.2).</summary>
    private static void Expand(ReadOnlySpan<byte> key, ref RoundKeys keys)
    {
        keys[0] = Vector128.Create(key);
        keys[1] = Next(keys[0], AesInstructions.KeygenAssist(keys[0], 0x01));
        keys[2] = Next(keys[1], AesInstructions.KeygenAssist(keys[1], 0x02));
        keys[3] = Next(keys[2], AesInstructions.KeygenAssist(keys[2], 0x04));
        keys[4] = Next(keys[3], AesInstructions.KeygenAssist(keys[3], 0x08));
        keys[5] = Next(keys[4], AesInstructions.KeygenAssist(keys[4], 0x10));
        keys[6] = Next(keys[5], AesInstructions.KeygenAssist(keys[5], 0x20));
        keys[7] = Next(keys[6], AesInstructions.KeygenAssist(keys[6], 0x40));
        keys[8] = Next(keys[7], AesInstructions.KeygenAssist(keys[7], 0x80));
        keys[9] = Next(keys[8], AesInstructions.KeygenAssist(keys[8], 0x1B));
        keys[10] = Next(keys[9], AesInstructions.KeygenAssist(keys[9], 0x36));
    }

    private static Vector128<byte> Next(Vector128<byte> key, Vector128<byte> assist)
    {
        var spread = Sse2.Shuffle(assist.AsUInt32(), 0xFF).AsByte();
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 4);
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 4);
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 4);
        return key ^ spread;
    }

    [InlineArray(11)]
    private struct RoundKeys
    {
        private Vector128<byte> _first;
    }
}
