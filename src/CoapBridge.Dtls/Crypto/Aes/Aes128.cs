using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CoapBridge.Dtls.Crypto;

/// <summary>AES-128 with its key schedule in a local of one call (FIPS 197 §5.1, §5.2); erase it by assigning default.</summary>
internal struct Aes128<TRounds>
    where TRounds : struct, IAesRounds
{
    private Vector128<byte> _key0, _key1, _key2, _key3, _key4, _key5, _key6, _key7, _key8, _key9, _key10;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Expand(ReadOnlySpan<byte> key)
    {
        _key0 = Vector128.Create(key);
        _key1 = Next(_key0, 0x01);
        _key2 = Next(_key1, 0x02);
        _key3 = Next(_key2, 0x04);
        _key4 = Next(_key3, 0x08);
        _key5 = Next(_key4, 0x10);
        _key6 = Next(_key5, 0x20);
        _key7 = Next(_key6, 0x40);
        _key8 = Next(_key7, 0x80);
        _key9 = Next(_key8, 0x1B);
        _key10 = Next(_key9, 0x36);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector128<byte> Encrypt(Vector128<byte> block)
    {
        block ^= _key0;
        block = TRounds.Round(block, _key1);
        block = TRounds.Round(block, _key2);
        block = TRounds.Round(block, _key3);
        block = TRounds.Round(block, _key4);
        block = TRounds.Round(block, _key5);
        block = TRounds.Round(block, _key6);
        block = TRounds.Round(block, _key7);
        block = TRounds.Round(block, _key8);
        block = TRounds.Round(block, _key9);
        return TRounds.LastRound(block, _key10);
    }

    // In a block whose four columns are one word, ShiftRows changes nothing: a last round with key zero is SubWord.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Next(Vector128<byte> key, uint roundConstant)
    {
        var word = Vector128.Shuffle(key.AsUInt32(), Vector128.Create(3u)).AsByte();
        var substituted = TRounds.LastRound(word, Vector128<byte>.Zero).AsUInt32();
        var rotated = (substituted >>> 8) | (substituted << 24);
        key ^= Vector128.Shuffle(key, Vector128.Create((byte)255, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
        key ^= Vector128.Shuffle(key, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6, 7));
        return key ^ (rotated ^ Vector128.Create(roundConstant)).AsByte();
    }
}
