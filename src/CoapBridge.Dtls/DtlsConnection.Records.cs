using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Wire;

namespace CoapBridge.Dtls;

/// <content>What becomes of one record, by epoch, content type and state.</content>
public sealed partial class DtlsConnection
{
    private RecordOutcome HandlePlain(Instant now, ContentType type, ReadOnlySpan<byte> content)
    {
        if (_state == State.Established)
        {
            // REQUIREMENTS 1.96: what anybody could have sent does not touch an established connection.
            return RecordOutcome.Unprotected;
        }

        return type switch
        {
            ContentType.Handshake => _exchange!.HandleHandshake(now, content, isProtected: false),
            ContentType.ChangeCipherSpec => _exchange!.HandleChangeCipherSpec(now, content),
            ContentType.Alert => HandleHandshakeAlert(content),
            ContentType.ApplicationData => RecordOutcome.EarlyApplicationData,
            _ => RecordOutcome.ContentType,
        };
    }

    private RecordOutcome HandleProtected(Instant now, scoped in RecordHeader header, Span<byte> record, out ReadOnlySpan<byte> applicationData)
    {
        applicationData = default;
        if (!_records.ReadsProtected)
        {
            return HoldBack(record);
        }

        var outcome = _records.Open(header, record, out var type, out var content);
        if (outcome != RecordOutcome.ApplicationData)
        {
            if (_records.FailedOpens >= MaximumFailedOpens)
            {
                EndForgeries();
            }

            return outcome;
        }

        _lastReceived = now;
        switch (type)
        {
            case ContentType.ApplicationData when _state == State.Established:
                applicationData = content;
                return RecordOutcome.ApplicationData;
            case ContentType.ApplicationData:
                return RecordOutcome.EarlyApplicationData;
            case ContentType.Handshake:
                return HandleProtectedHandshake(now, content);
            case ContentType.Alert:
                return HandleAlert(content);
            case ContentType.ReturnRoutabilityCheck:
                return HandlePathMessage(content);
            default:
                return RecordOutcome.ContentType;
        }
    }

    private RecordOutcome HandleProtectedHandshake(Instant now, ReadOnlySpan<byte> content)
    {
        if (_state == State.Handshaking)
        {
            return _exchange!.HandleHandshake(now, content, isProtected: true);
        }

        if (content is [(byte)HandshakeType.Finished, ..])
        {
            // RFC 6347 §4.2.4: our last flight was lost; only an authentic Finished brings it back.
            _exchange?.RepeatFlight(now);
            return RecordOutcome.Handshake;
        }

        return content is [(byte)HandshakeType.ClientHello, ..] ? RecordOutcome.Renegotiation : RecordOutcome.HandshakeDiscarded;
    }

    private void EndForgeries()
    {
        if (_state == State.Handshaking)
        {
            FailHandshake(new DtlsEvent.HandshakeFailed("forgeries", null, null));
        }
        else
        {
            End(CloseReason.Forgeries, null);
        }
    }

    private RecordOutcome HoldBack(ReadOnlySpan<byte> record)
    {
        if (_state != State.Handshaking || _heldBack.Length + record.Length > MaximumHeldBack)
        {
            return RecordOutcome.Epoch;
        }

        _heldBack = [.. _heldBack, .. record];
        return RecordOutcome.HeldBack;
    }

    /// <summary>The keys are there: what came before them is handled now. Application data among it is the peer's to repeat.</summary>
    private void OpenHeldBack(Instant now)
    {
        if (!_records.ReadsProtected || _heldBack.Length == 0)
        {
            return;
        }

        var rest = _heldBack.AsSpan();
        _heldBack = [];
        while (!rest.IsEmpty)
        {
            HandleRecord(now, ref rest, out _);
        }
    }

    private RecordOutcome HandleHandshakeAlert(ReadOnlySpan<byte> content)
    {
        if (!Alert.TryParse(content, out var alert))
        {
            return RecordOutcome.AlertDiscarded;
        }

        if (alert.IsFatal || alert.Description == AlertDescription.CloseNotify)
        {
            FailHandshake(new DtlsEvent.HandshakeFailed("peer_alert", alert.Description, null));
        }

        return RecordOutcome.Alert;
    }

    private RecordOutcome HandleAlert(ReadOnlySpan<byte> content)
    {
        if (!Alert.TryParse(content, out var alert))
        {
            return RecordOutcome.AlertDiscarded;
        }

        // RFC 5246 §7.2.2: after a fatal alert that is authentic the session is not resumed any more.
        if (alert.IsFatal && (_session ?? _exchange?.Resuming) is { } session)
        {
            Tell(new DtlsEvent.SessionInvalidated(session));
        }

        if (_state == State.Handshaking)
        {
            return HandleHandshakeAlert(content);
        }

        if (alert.Description == AlertDescription.CloseNotify)
        {
            // RFC 5246 §7.2.1: answered in kind.
            End(CloseReason.CloseNotify, Alert.Warning(AlertDescription.CloseNotify), alert.Description);
        }
        else if (alert.IsFatal)
        {
            End(CloseReason.PeerAlert, null, alert.Description);
        }

        return RecordOutcome.Alert;
    }
}
