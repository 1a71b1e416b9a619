using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// How connections come, live and go.
public sealed partial class Shard
{
    private void HandleHello(Instant now, in NetworkPath path, Span<byte> datagram, in DeviceIndex.Entry entry)
    {
        var reply = _replies.Claim();
        if (reply.IsEmpty)
        {
            Counters.RepliesDropped++;
            return;
        }

        var verdict = _server.HandleHello(now, path, datagram, reply, out var length);
        Counters.Count(verdict.Outcome);
        if (length > 0)
        {
            _replies.Commit(path, length);
        }

        if (verdict.Outcome == HelloOutcome.Refused)
        {
            _events.Enqueue(new GatewayEvent.Refused(
                path, verdict.Fault.ToWord(), verdict.Fault.ToAlert(), null, null, TimeSpan.Zero));
        }
        else if (verdict.Hello is { } hello)
        {
            HandleVerifiedHello(now, path, hello, datagram, entry);
        }
    }

    private void HandleVerifiedHello(Instant now, in NetworkPath path, VerifiedHello hello, Span<byte> datagram, in DeviceIndex.Entry entry)
    {
        if (entry.Handshake is { } handshake && handshake.HelloFingerprint == hello.Fingerprint)
        {
            HandleRecords(now, handshake, null, datagram);
            return;
        }

        // The copy of a hello that has long been answered starts nothing.
        if (entry.Established?.HelloFingerprint == hello.Fingerprint)
        {
            return;
        }

        if (!AcceptsHandshakes || _isDraining || _openWork + _work.Count >= settings.MaximumWork
            || (entry.Established is null && _index.EstablishedCount >= settings.MaximumConnections))
        {
            Counters.HellosWithoutRoom++;
            return;
        }

        // A client that started over starts afresh at once.
        if (entry.Handshake is { } stale)
        {
            stale.Connection.Close("superseded");
            Settle(now, stale);
        }

        if (_index.HandshakeCount >= settings.MaximumHandshakes && _index.OldestHandshake() is { } oldest)
        {
            oldest.Connection.Close("evicted");
            Settle(now, oldest);
        }

        var link = new DeviceLink(path, _server.Accept(now, hello), hello.Fingerprint, now);
        _index.AddHandshake(link);
        Settle(now, link);
    }

    /// <summary>Gives each record to the connection, or to the handshake beside it.</summary>
    private void HandleRecords(Instant now, DeviceLink link, DeviceLink? beside, Span<byte> datagram)
    {
        while (!datagram.IsEmpty)
        {
            if (beside is not null && DtlsConnection.TryPeekRecord(datagram, out var length, out var epoch))
            {
                HandleRecordBeside(now, link, beside, datagram[..length], epoch);
                datagram = datagram[length..];
            }
            else
            {
                HandleRecord(now, link, ref datagram);
            }
        }

        Settle(now, link);
        if (beside is not null)
        {
            Settle(now, beside);
        }
    }

    /// <summary>
    /// Epoch 0 belongs to the handshake alone. In epoch 1 the keys tell: opening is in place, so the handshake gets a copy
    /// of what the connection could not open.
    /// </summary>
    private void HandleRecordBeside(Instant now, DeviceLink link, DeviceLink beside, Span<byte> record, ushort epoch)
    {
        if (epoch == 0)
        {
            HandleRecord(now, beside, ref record);
            return;
        }

        var copy = record.ToArray().AsSpan();
        if (HandleRecord(now, link, ref record) is not (RecordOutcome.ApplicationData or RecordOutcome.Alert))
        {
            HandleRecord(now, beside, ref copy);
        }
    }

    private RecordOutcome HandleRecord(Instant now, DeviceLink link, ref Span<byte> datagram)
    {
        var outcome = link.Connection.HandleRecord(now, ref datagram, out var applicationData);
        Counters.Count(outcome);
        FollowEvents(now, link);
        if (outcome == RecordOutcome.ApplicationData && link.Endpoint is { } endpoint)
        {
            var reception = endpoint.HandleDatagram(now, applicationData, out var request, out var exchange);
            Counters.Count(reception);
            if (reception.Kind == ReceptionKind.Request)
            {
                HandleRequest(now, link, request, exchange);
            }
        }

        return outcome;
    }

    /// <summary>After anything that a link was given: its events, its work, its deadline, and its turn to send.</summary>
    private void Settle(Instant now, DeviceLink link)
    {
        FollowEvents(now, link);
        while (link.Endpoint?.TryTakeEvent(out _) == true)
        {
            // Nobody asks devices anything yet, and whether a separate response arrived changes nothing here.
        }

        while (link.Connection.TryTakeWork(out var work))
        {
            _work.Enqueue(new ShardWork(link, work));
        }

        _deadlines.Set(link, link.NextDeadline);
        if (!link.IsQueued)
        {
            link.IsQueued = true;
            _ready.Enqueue(link);
        }
    }

    private void FollowEvents(Instant now, DeviceLink link)
    {
        while (link.Connection.TryTakeEvent(out var what))
        {
            switch (what)
            {
                case DtlsEvent.HandshakeCompleted completed:
                    Establish(now, link, completed);
                    break;
                case DtlsEvent.HandshakeFailed failed:
                    _index.Remove(link);
                    _events.Enqueue(new GatewayEvent.Refused(
                        link.Path, failed.Reason, failed.Alert, failed.Peer?.Subject, failed.Peer?.Issuer, now - link.Since));
                    break;
                case DtlsEvent.Closed closed:
                    _index.Remove(link);
                    _events.Enqueue(new GatewayEvent.Disconnected(link.Path, link.Device!, closed.Reason, closed.Alert));
                    break;
            }
        }
    }

    private void Establish(Instant now, DeviceLink link, DtlsEvent.HandshakeCompleted completed)
    {
        var device = (DeviceIdentity)completed.Peer.Identity!;
        _events.Enqueue(new GatewayEvent.Connected(link.Path, device, completed.ExtendedMasterSecret, now - link.Since));
        link.Establish(device, new CoapEndpoint(UnderstoodOptions, TransmissionParameters.Default, entropy), now);
        if (_index.Establish(link, out var replaced))
        {
            // RFC 6347 §4.2.8: only now, with a verified Finished, is the old connection abandoned; nothing is sent on it.
            _deadlines.Set(replaced, null);
            _events.Enqueue(new GatewayEvent.Replaced(link.Path, replaced.Device!));
            replaced.Connection.Abandon();
        }
    }

    private void CloseAll(Instant now)
    {
        foreach (var link in _index.Established.ToArray())
        {
            link.Connection.Close();
            Settle(now, link);
        }

        _drainDeadline = null;
    }
}
