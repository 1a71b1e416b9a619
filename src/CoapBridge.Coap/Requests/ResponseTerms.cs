namespace CoapBridge.Coap;

/// <summary>What a request says about how it is to be answered, in 8 bytes, because it is held for each.</summary>
internal readonly record struct ResponseTerms
{
    private const int Block1Shift = 25;
    private const int SuppressedShift = 50;
    private const ulong IsPresent = 1UL << 24;
    private const ulong BlockMask = IsPresent | 0xFF_FFFF;
    private const ulong WantsSize2Bit = 1UL << 60;
    private const ulong IsSafeBit = 1UL << 61;

    private readonly ulong _bits;

    private ResponseTerms(ulong bits) => _bits = bits;

    /// <summary>The Block2 option: which block of the answer, of which size (RFC 7959 §2.2).</summary>
    public BlockOption? Block2 => Block(_bits);

    /// <summary>The Block1 option that the answer repeats (RFC 7959 §2.3).</summary>
    public BlockOption? Block1 => Block(_bits >> Block1Shift);

    /// <summary>SZX of the blocks for a peer that did not say: one that sends small ones has no room for large ones.</summary>
    public int PreferredSzX => Block1?.SzX ?? BlockOption.LargestSzX;

    /// <summary>Size2 was in the request: it asks for the size of the answer (RFC 7959 §4).</summary>
    public bool WantsSize2 => (_bits & WantsSize2Bit) != 0;

    /// <summary>GET or FETCH: executing it again changes nothing (RFC 7252 §5.1, RFC 8132 §2).</summary>
    public bool IsSafe => (_bits & IsSafeBit) != 0;

    /// <summary>RFC 7967 §2.1: bit 1 stands for class 2, bit 3 for class 4, bit 4 for class 5. 2.31 is never unwanted.</summary>
    public bool IsUnwanted(CoapCode code) =>
        code != CoapCode.Continue && (_bits >> SuppressedShift & (1UL << (code.Class - 1))) != 0;

    /// <summary>What also holds for what the peer is told later: the size of blocks.</summary>
    public ResponseTerms ForNotification() => new(_bits & (BlockMask | IsSafeBit));

    /// <summary>Those of a registration of an earlier run.</summary>
    public static ResponseTerms ForBlock2(uint? value) => new(IsSafeBit | (value is { } block2 ? IsPresent | block2 : 0));

    /// <summary>Of a request that has passed <see cref="OptionRules"/>.</summary>
    public static ResponseTerms Of(in CoapMessage request)
    {
        var bits = request.Code == CoapCode.Get || request.Code == CoapCode.Fetch ? IsSafeBit : 0;
        foreach (var option in request.Options)
        {
            if (option.Number < OptionNumber.Block2 || !option.TryGetUInt32(out var value))
            {
                continue;
            }

            switch (option.Number)
            {
                case OptionNumber.Block2:
                    bits |= IsPresent | value;
                    break;
                case OptionNumber.Block1:
                    bits |= (IsPresent | value) << Block1Shift;
                    break;
                case OptionNumber.Size2:
                    bits |= WantsSize2Bit;
                    break;
                case OptionNumber.NoResponse:
                    bits |= (ulong)(value & 0x1F) << SuppressedShift;
                    break;
            }
        }

        return new ResponseTerms(bits);
    }

    private static BlockOption? Block(ulong bits) =>
        (bits & IsPresent) != 0 && BlockOption.TryFrom((uint)(bits & BlockMask & ~IsPresent), out var block) ? block : null;
}
