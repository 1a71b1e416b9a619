namespace CoapBridge.Coap;

/// <summary>The body of a request that comes in blocks (RFC 7959 §2.5). It grows with what has come, never by what was announced.</summary>
/// <param name="share">Whose.</param>
/// <param name="code">The method.</param>
/// <param name="key">The <see cref="CacheKey"/> of its requests.</param>
/// <param name="maximum">Bytes that it may have.</param>
internal sealed class RequestBody(BodyShare share, CoapCode code, byte[] key, int maximum) : HeldBody(share)
{
    private byte[] _bytes = [];

    public int Maximum => maximum;

    /// <summary>Bytes that have come.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public override int Cost => Overhead + key.Length + _bytes.Length;

    public bool Matches(CoapCode method, ReadOnlySpan<byte> otherKey) => code == method && otherKey.SequenceEqual(key);

    /// <summary>Bytes of memory that <see cref="Append"/> will take more.</summary>
    public int GrowthFor(int length) => Length + length <= _bytes.Length ? 0 : CapacityFor(length) - _bytes.Length;

    public void Append(ReadOnlySpan<byte> block)
    {
        if (GrowthFor(block.Length) > 0)
        {
            Array.Resize(ref _bytes, CapacityFor(block.Length));
        }

        block.CopyTo(_bytes.AsSpan(Length));
        Length += block.Length;
    }

    private int CapacityFor(int more) => Math.Min(maximum, Math.Max(Length + more, 2 * _bytes.Length));
}
