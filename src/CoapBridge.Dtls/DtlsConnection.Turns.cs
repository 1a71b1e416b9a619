using CoapBridge.Dtls.Handshake;
using CoapBridge.Wire;

namespace CoapBridge.Dtls;

/// <content>How a connection goes from one state to the next.</content>
public sealed partial class DtlsConnection
{
    /// <summary>Takes over what the handshake came to.</summary>
    private void FollowExchange(Instant now)
    {
        if (_state != State.Handshaking)
        {
            return;
        }

        OpenHeldBack(now);
        if (_state != State.Handshaking)
        {
            return;
        }

        if (_exchange!.TryTakeInvalidated(out var session))
        {
            Tell(new DtlsEvent.SessionInvalidated(session));
        }

        if (_exchange.Failed is { } failed)
        {
            _alert = failed.Alert is { } description ? Alert.Fatal(description) : null;
            FailHandshake(failed);
        }
        else if (_exchange.Completed is { } proof)
        {
            Establish(now, _exchange, proof.Agreement);
        }
    }

    private void Establish(Instant now, FlightExchange exchange, Agreement agreement)
    {
        _state = State.Established;
        _lastReceived = now;
        _idleDeadline = now + _settings.IdleTimeout;
        if (exchange.KeyLogLine is { } line)
        {
            Tell(new DtlsEvent.SecretDerived(line));
        }

        _exchange = exchange.NextDeadline is null ? null : exchange;
        _session = agreement.SessionId;
        ExtendedMasterSecret = agreement.ExtendedMasterSecret;
        Tell(new DtlsEvent.HandshakeCompleted(agreement.Peer, agreement.ExtendedMasterSecret)
        {
            IsResumed = agreement.IsResumed,
            Session = agreement.NewSession,
        });
    }

    private void FailHandshake(DtlsEvent.HandshakeFailed failed)
    {
        _state = State.Closed;
        _exchange?.Dispose();
        _exchange = null;
        _heldBack = [];
        Tell(failed);
    }

    /// <summary>Whether the peer of this connection was judged by this verifier when the connection was made, or taken up.</summary>
    public bool IsJudgedBy(IPeerVerifier verifier) => ReferenceEquals(_settings.Verifier, verifier);

    /// <summary>Ends an established connection with a fatal alert; its session is not resumed any more (RFC 5246 §7.2.2).</summary>
    public void Refuse(AlertDescription description)
    {
        if (_state != State.Established)
        {
            return;
        }

        if (_session is { } session)
        {
            Tell(new DtlsEvent.SessionInvalidated(session));
        }

        End(CloseReason.Refused, Alert.Fatal(description), description);
    }

    private void End(CloseReason reason, Alert? alert, AlertDescription? received = null)
    {
        _state = State.Closed;
        _exchange = null;
        _alert = alert;
        Tell(new DtlsEvent.Closed(reason, received));
    }
}
