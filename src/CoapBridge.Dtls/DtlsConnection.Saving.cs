using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Dtls;

/// <content>How an established connection outlives its process.</content>
public sealed partial class DtlsConnection
{
    private DtlsConnection(DtlsSettings settings, RecordLayer records, Instant lastReceived)
    {
        _settings = settings;
        _records = records;
        _state = State.Established;
        _lastReceived = lastReceived;
        _idleDeadline = lastReceived + settings.IdleTimeout;
    }

    /// <summary>Nothing is under way and nothing of the handshake is needed any more: what <see cref="Save"/> writes is all there is.</summary>
    public bool IsAtRest =>
        _state == State.Established && _exchange is null && _alert is null && _events is null && _challengeToAnswer is null;

    /// <summary>The suite of the protected records; null before there is one.</summary>
    public DtlsCipherSuite? CipherSuite => _records.Suite;

    /// <summary>
    /// Writes an established connection, secrets included; the last flight, which it would repeat, is not part of it. What is
    /// sent or accepted afterwards would come twice: the caller sees to it that there is nothing.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="writer">At most 640 bytes.</param>
    public void Save(Instant now, ref WireWriter writer)
    {
        if (_state != State.Established)
        {
            throw new InvalidOperationException("Only an established connection can be saved.");
        }

        _records.Save(ref writer);
        writer.WriteUInt48((ulong)Math.Max(0, (now - _lastReceived).Ticks / TimeSpan.TicksPerMillisecond));
        writer.WriteUInt8(ExtendedMasterSecret ? (byte)1 : (byte)0);
        writer.WriteVector8(_session?.ToArray() ?? []);
    }

    /// <summary>The Connection ID of what <see cref="Save"/> wrote.</summary>
    public static ReadOnlySpan<byte> SavedConnectionId(ReadOnlySpan<byte> saved) => RecordLayer.SavedConnectionId(saved);

    /// <summary>How long it had been silent by then, of what <see cref="Save"/> wrote; to the millisecond.</summary>
    public static TimeSpan SavedSilence(ReadOnlySpan<byte> saved)
    {
        var reader = new WireReader(saved);
        RecordLayer.SkipSaved(ref reader);
        return TimeSpan.FromMilliseconds(reader.ReadUInt48());
    }

    /// <summary>Reads what <see cref="Save"/> wrote; null when it is not that. Nothing may be read twice (RFC 5246 §6.2.3.3).</summary>
    /// <param name="settings">Of today.</param>
    /// <param name="saved">When it was saved, on the present clock.</param>
    /// <param name="reader">Moved past the connection.</param>
    public static DtlsConnection? Load(DtlsSettings settings, Instant saved, ref WireReader reader)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var records = RecordLayer.Load(ref reader);
        var silence = TimeSpan.FromMilliseconds(reader.ReadUInt48());
        var extendedMasterSecret = reader.ReadUInt8();
        var session = reader.ReadVector8();
        return extendedMasterSecret <= 1 && session.Length <= SessionId.MaximumLength && records is not null && !reader.Failed
            ? new DtlsConnection(settings, records, saved - silence)
            {
                ExtendedMasterSecret = extendedMasterSecret == 1, _session = session.IsEmpty ? null : new SessionId(session),
            }
            : null;
    }
}
