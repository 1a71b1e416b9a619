namespace CoapBridge.Mqtt.Session;

/// <summary>
/// Outgoing bytes until the driver takes them, packets one after another, so that one TLS write carries many. It grows
/// up to what the engine's rules let in and shrinks when it is empty.
/// </summary>
internal sealed class TransmitBuffer
{
    private const int Usual = 16 * 1024;
    private byte[] _bytes = new byte[Usual];
    private int _start, _end;
    private long _taken;

    /// <summary>Bytes that wait.</summary>
    public int Pending => _end - _start;

    /// <summary>Where the stream ends now, counted from the connection's first byte.</summary>
    public long WrittenTo => _taken + Pending;

    /// <summary>Up to where the driver has taken the stream.</summary>
    public long TakenTo => _taken;

    /// <summary>Room at the end; <see cref="Commit"/> says how much of it was used.</summary>
    public Span<byte> Claim(int size)
    {
        if (_bytes.Length - _end < size)
        {
            var pending = _bytes.AsSpan(_start, Pending);
            var target = pending.Length + size <= _bytes.Length ? _bytes : new byte[Math.Max(_bytes.Length * 2, pending.Length + size)];
            pending.CopyTo(target);
            (_bytes, _end, _start) = (target, pending.Length, 0);
        }

        return _bytes.AsSpan(_end, size);
    }

    public void Commit(int length) => _end += length;

    /// <summary>Takes up to the destination's length off the front.</summary>
    public int Take(Span<byte> destination)
    {
        var length = Math.Min(destination.Length, Pending);
        _bytes.AsSpan(_start, length).CopyTo(destination);
        _start += length;
        _taken += length;
        if (_start == _end)
        {
            _start = _end = 0;
            _bytes = _bytes.Length > MqttLimits.TransmitBytes ? new byte[Usual] : _bytes;
        }

        return length;
    }

    /// <summary>A new connection begins with an empty stream.</summary>
    public void Reset()
    {
        _start = _end = 0;
        _taken = 0;
    }
}
