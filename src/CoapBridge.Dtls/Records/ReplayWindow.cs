using CoapBridge.Wire;

namespace CoapBridge.Dtls.Records;

/// <summary>
/// The sliding window of RFC 6347 §4.1.2.6 over one epoch, 64 records wide. Ask before opening a record, tell after its
/// tag was good: an unauthenticated record never moves the window.
/// </summary>
internal struct ReplayWindow
{
    /// <summary>What <see cref="Save"/> writes.</summary>
    public const int SavedLength = 6 + sizeof(ulong);

    private const int Width = 64;

    private ulong _newest;
    private ulong _seen;

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static ReplayWindow Load(ref WireReader reader)
    {
        var window = new ReplayWindow { _newest = reader.ReadUInt48(), _seen = reader.ReadUInt64() };

        // The newest one is always among those that were seen.
        if (window._seen == 0 ? window._newest != 0 : (window._seen & 1) == 0)
        {
            reader.Fail();
        }

        return window;
    }

    public readonly void Save(ref WireWriter writer)
    {
        writer.WriteUInt48(_newest);
        writer.WriteUInt64(_seen);
    }

    public readonly bool MayAccept(ulong sequence)
    {
        if (_seen == 0 || sequence > _newest)
        {
            return true;
        }

        var age = _newest - sequence;
        return age < Width && (_seen & (1UL << (int)age)) == 0;
    }

    /// <summary>Newer than every record that was accepted.</summary>
    public readonly bool IsNewest(ulong sequence) => _seen == 0 || sequence > _newest;

    public void Accept(ulong sequence)
    {
        if (_seen == 0)
        {
            _newest = sequence;
            _seen = 1;
            return;
        }

        if (sequence <= _newest)
        {
            _seen |= 1UL << (int)(_newest - sequence);
            return;
        }

        var step = sequence - _newest;
        _seen = step >= Width ? 1 : (_seen << (int)step) | 1;
        _newest = sequence;
    }
}
