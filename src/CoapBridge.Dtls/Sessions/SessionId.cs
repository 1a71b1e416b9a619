using System.Runtime.InteropServices;

namespace CoapBridge.Dtls.Sessions;

/// <summary>
/// <code>
/// opaque SessionID&lt;0..32&gt;;   RFC 5246 §7.4.1.2
/// </code>
/// Ours are 32 unpredictable bytes. They go over the wire in the clear: a name, not a secret.
/// </summary>
public readonly record struct SessionId
{
    /// <summary>Bytes of the longest.</summary>
    public const int MaximumLength = 32;

    private readonly UInt128 _high;
    private readonly UInt128 _low;
    private readonly byte _length;

    /// <param name="bytes">1 to 32 bytes.</param>
    public SessionId(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytes.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaximumLength);
        Span<UInt128> words = stackalloc UInt128[2];
        words.Clear();
        bytes.CopyTo(MemoryMarshal.AsBytes(words));
        _high = words[0];
        _low = words[1];
        _length = (byte)bytes.Length;
    }

    /// <summary>The bytes as on the wire.</summary>
    public byte[] ToArray() => MemoryMarshal.AsBytes((ReadOnlySpan<UInt128>)[_high, _low])[.._length].ToArray();

    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
