namespace CoapBridge.Identity;

/// <summary>
/// A set of serial numbers in one piece of memory: each as wide as the widest, in ascending order, found by halving. A
/// hundred thousand of 16 octets take 1.6 MB.
/// </summary>
internal sealed class RevokedSerials
{
    private readonly byte[] _sorted;
    private readonly int _width;

    private RevokedSerials(byte[] sorted, int width)
    {
        _sorted = sorted;
        _width = width;
    }

    public int Count => _width == 0 ? 0 : _sorted.Length / _width;

    /// <param name="serials">Where each stands in <paramref name="octets"/>, without leading zeros; 1 to 20 octets.</param>
    /// <param name="octets">What the ranges refer to; not kept.</param>
    public static RevokedSerials From(List<(int Offset, int Length)> serials, ReadOnlyMemory<byte> octets)
    {
        var width = serials.Count == 0 ? 0 : serials.Max(serial => serial.Length);
        // Shorter is smaller, as there are no leading zeros.
        serials.Sort((left, right) => left.Length != right.Length
            ? left.Length.CompareTo(right.Length)
            : Part(octets, left).SequenceCompareTo(Part(octets, right)));
        var sorted = new byte[serials.Count * width];
        for (var i = 0; i < serials.Count; i++)
        {
            Part(octets, serials[i]).CopyTo(sorted.AsSpan(((i + 1) * width) - serials[i].Length));
        }

        return new(sorted, width);
    }

    /// <param name="serial">Big-endian, with or without leading zeros.</param>
    public bool Contains(ReadOnlySpan<byte> serial)
    {
        serial = serial.TrimStart((byte)0);
        if (serial.Length > _width)
        {
            return false;
        }

        Span<byte> wanted = stackalloc byte[_width];
        wanted.Clear();
        serial.CopyTo(wanted[(_width - serial.Length)..]);
        int low = 0, high = Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = wanted.SequenceCompareTo(_sorted.AsSpan(middle * _width, _width));
            if (order == 0)
            {
                return true;
            }

            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return false;
    }

    private static ReadOnlySpan<byte> Part(ReadOnlyMemory<byte> octets, (int Offset, int Length) part) =>
        octets.Span.Slice(part.Offset, part.Length);
}
