using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Extensions;

/// <summary>
/// Walks <c>struct { ExtensionType extension_type; opaque extension_data&lt;0..2^16-1&gt;; } Extension;</c>
/// (RFC 5246 §7.4.1.4). No type may come twice.
/// </summary>
internal ref struct ExtensionBlock(ReadOnlySpan<byte> block)
{
    /// <summary>More than any real hello carries; bounds the work of the search for duplicates.</summary>
    private const int MaximumCount = 64;

    private readonly ushort[] _seen = new ushort[MaximumCount];
    private WireReader _reader = new(block);
    private int _count;

    public bool Malformed { get; private set; }

    public bool TryNext(out ExtensionType type, out ReadOnlySpan<byte> body)
    {
        type = default;
        body = default;
        if (!_reader.HasMore)
        {
            return false;
        }

        var number = _reader.ReadUInt16();
        body = _reader.ReadVector16();
        if (_reader.Failed || _count == MaximumCount || _seen.AsSpan(0, _count).Contains(number))
        {
            Malformed = true;
            return false;
        }

        _seen[_count++] = number;
        type = (ExtensionType)number;
        return true;
    }
}
