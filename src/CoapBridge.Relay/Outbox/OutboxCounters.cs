namespace CoapBridge.Relay;

/// <summary>What the outbox counted since the start. Written by its owner, read by anybody.</summary>
public sealed class OutboxCounters
{
    private long _direct;
    private long _stored;
    private long _drained;
    private long _full;
    private long _notStored;
    private long _expired;
    private long _quarantined;
    private long _retried;
    private long _purged;

    /// <summary>Acknowledged by the broker without having been on disk.</summary>
    public long Direct => Volatile.Read(ref _direct);

    /// <summary>Written to disk.</summary>
    public long Stored => Volatile.Read(ref _stored);

    /// <summary>From the disk to the broker.</summary>
    public long Drained => Volatile.Read(ref _drained);

    /// <summary>Refused because <see cref="OutboxSettings.MaximumBytes"/> was reached.</summary>
    public long Full => Volatile.Read(ref _full);

    /// <summary>Refused because the disk could not be written.</summary>
    public long NotStored => Volatile.Read(ref _notStored);

    /// <summary>Dropped by age, or because their own expiry had passed.</summary>
    public long Expired => Volatile.Read(ref _expired);

    /// <summary>Set aside because the broker does not take them.</summary>
    public long Quarantined => Volatile.Read(ref _quarantined);

    /// <summary>Taken out of quarantine again, by an operator.</summary>
    public long Retried => Volatile.Read(ref _retried);

    /// <summary>Removed by an operator.</summary>
    public long Purged => Volatile.Read(ref _purged);

    internal void CountDirect() => Volatile.Write(ref _direct, _direct + 1);

    internal void CountStored() => Volatile.Write(ref _stored, _stored + 1);

    internal void CountDrained() => Volatile.Write(ref _drained, _drained + 1);

    internal void CountFull() => Volatile.Write(ref _full, _full + 1);

    internal void CountNotStored() => Volatile.Write(ref _notStored, _notStored + 1);

    internal void CountExpired(long count) => Volatile.Write(ref _expired, _expired + count);

    internal void CountQuarantined() => Volatile.Write(ref _quarantined, _quarantined + 1);

    internal void CountRetried(long count) => Volatile.Write(ref _retried, _retried + count);

    internal void CountPurged(long count) => Volatile.Write(ref _purged, _purged + count);
}
