namespace CoapBridge.Fuzz;

/// <summary>Changes to bytes that have some structure: lengths that lie, parts that are cut, doubled, swapped or from elsewhere.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[] Interesting = [0, 1, 2, 0x0C, 0x0D, 0x0F, 0x10, 0x7F, 0x80, 0xFE, 0xFF];

    public Random Random { get; } = new(seed);

    public int Below(int limit) => Random.Next(limit);

    public bool Chance(int percent) => Random.Next(100) < percent;

    public byte[] Noise(int maximum)
    {
        var bytes = new byte[Random.Next(maximum)];
        Random.NextBytes(bytes);
        return bytes;
    }

    public T Pick<T>(IReadOnlyList<T> items) => items[Random.Next(items.Count)];

    /// <summary>One to five changes.</summary>
    /// <param name="bytes">Left as they are.</param>
    /// <param name="other">Bytes of the same kind, to be mixed in.</param>
    public byte[] Mutate(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> other)
    {
        var changed = bytes.ToArray();
        for (var count = 1 + Random.Next(1 + Random.Next(5)); count > 0; count--)
        {
            changed = Change(changed, other);
        }

        return changed;
    }

    private byte[] Change(byte[] bytes, ReadOnlySpan<byte> other)
    {
        if (bytes.Length == 0)
        {
            return Noise(8);
        }

        var at = Random.Next(bytes.Length);
        var length = 1 + Random.Next(Math.Min(bytes.Length - at, 1 << Random.Next(9)));
        switch (Random.Next(10))
        {
            case 0 or 1:
                bytes[at] ^= (byte)(1 << Random.Next(8));
                return bytes;
            case 2:
                bytes[at] = Interesting[Random.Next(Interesting.Length)];
                return bytes;
            case 3:
                ShiftNumber(bytes.AsSpan(at, Math.Min(bytes.Length - at, 1 + Random.Next(3))));
                return bytes;
            case 4:
                return bytes[..at];
            case 5:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 6:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 7:
                return [.. bytes[..at], .. Noise(1 << Random.Next(1, 8)), .. bytes[at..]];
            case 8 when other.Length > 0:
                var from = Random.Next(other.Length);
                return [.. bytes[..at], .. other[from..]];
            default:
                Random.NextBytes(bytes.AsSpan(at, length));
                return bytes;
        }
    }

    /// <summary>A big-endian number, perhaps a length: a little more or less, or an extreme.</summary>
    private void ShiftNumber(Span<byte> number)
    {
        switch (Random.Next(4))
        {
            case 0:
                number.Clear();
                return;
            case 1:
                number.Fill(0xFF);
                return;
        }

        var carry = Random.Next(-3, 4);
        for (var index = number.Length - 1; index >= 0; index--)
        {
            carry += number[index];
            number[index] = (byte)carry;
            carry >>= 8;
        }
    }
}
