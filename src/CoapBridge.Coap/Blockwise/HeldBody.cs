using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>A body longer than a block, held between the messages of its transfer.</summary>
internal abstract class HeldBody(BodyShare share)
{
    /// <summary>What a body costs beside its bytes.</summary>
    public const int Overhead = 256;

    public BodyShare Share => share;

    /// <summary>When its peer last asked for it or added to it.</summary>
    public Instant LastUse { get; set; }

    /// <summary>Bytes of memory that it is counted with.</summary>
    public abstract int Cost { get; }
}
