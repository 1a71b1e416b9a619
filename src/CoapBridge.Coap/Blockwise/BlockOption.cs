namespace CoapBridge.Coap;

/// <summary>
/// The value of a Block1 or Block2 option (RFC 7959 §2.2): NUM in the upper bits, M, SZX in the lower three.
/// </summary>
/// <param name="Num">The number of the block, 0 to 2^20 - 1.</param>
/// <param name="More">M: the block is not the last one.</param>
/// <param name="SzX">0 to 6: the block has 2^(SZX + 4) bytes.</param>
public readonly record struct BlockOption(uint Num, bool More, int SzX)
{
    /// <summary>SZX of the largest block, 1,024 bytes.</summary>
    public const int LargestSzX = 6;

    /// <summary>The highest NUM.</summary>
    public const uint LastNum = (1 << 20) - 1;

    /// <summary>SZX 7, which MUST NOT be sent (RFC 7959 §2.2).</summary>
    private const int ReservedSzX = 7;

    /// <summary>Bytes of a block.</summary>
    public int Size => 16 << SzX;

    /// <summary>Where in the body the block begins.</summary>
    public long Offset => (long)Num * Size;

    /// <summary>False for more than 24 bits or SZX 7.</summary>
    public static bool TryFrom(uint value, out BlockOption block)
    {
        block = new BlockOption(value >> 4, (value & 8) != 0, (int)(value & 7));
        return block.Num <= LastNum && block.SzX != ReservedSzX;
    }

    /// <summary>A message's Block1 or Block2 option; false when it has none, or one that <see cref="TryFrom"/> refuses.</summary>
    public static bool TryRead(in CoapMessage message, OptionNumber number, out BlockOption block)
    {
        block = default;
        return message.TryGetUInt32(number, out var value) && TryFrom(value, out block);
    }

    /// <summary>The value of the option.</summary>
    public uint ToUInt32() => (Num << 4) | (More ? 8u : 0) | (uint)SzX;

    /// <summary>The block at the same offset in blocks of a size that is not larger.</summary>
    public BlockOption Lower(int szX) => szX >= SzX ? this : new BlockOption(Num << (SzX - szX), More, szX);
}
