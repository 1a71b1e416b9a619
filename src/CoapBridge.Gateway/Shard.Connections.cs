using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Gateway.Sessions;
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
                path, verdict.Fault.ToWord(), verdict.Fault.ToAlert(), null, verdict.Summary, TimeSpan.Zero));
        }
        else if (verdict.Hello is { } hello)
        {
            HandleVerifiedHello(now, path, hello, verdict.Summary, datagram, entry);
        }
    }

    private void HandleVerifiedHello(
        Instant now, in NetworkPath path, VerifiedHello hello, HelloSummary? summary, Span<byte> datagram, in DeviceIndex.Entry entry)
    {
        if (entry.Handshake is { } handshake && handshake.HelloFingerprint == hello.Fingerprint)
        {
            HandleRecords(now, path, datagram);
            return;
        }

        // The copy of a hello that has long been answered starts nothing.
        if (entry.Established?.HelloFingerprint == hello.Fingerprint)
        {
            return;
        }

        if (!AcceptsHandshakes || _isDraining || _openWork + _work.Count >= settings.MaximumWork
            || (entry.Handshake is null && _index.HandshakesFrom(path) >= settings.MaximumHandshakesPerHost)
            || (entry.Established is null && NobodyCanGo(now)))
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

        var link = new DeviceLink(path, _server.Accept(now, hello, NewConnectionId()), hello.Fingerprint, now) { Offered = summary };
        _index.AddHandshake(link);
        Settle(now, link);
    }

    /// <summary>After anything that a link was given: its events, its work, its deadline, and its turn to send.</summary>
    private void Settle(Instant now, DeviceLink link)
    {
        _now = now;
        FollowEvents(now, link);
        FollowEndpoint(now, link);
        while (link.Connection.TryTakeWork(out var work))
        {
            if (work is SessionLookup lookup)
            {
                Ask(link, lookup);
            }
            else if (_timeOfDay?.At(now) is { } time && work.Look(time) is { } result)
            {
                // No way to another thread and back: that would cost more than the handshake.
                link.Connection.HandleWork(now, result);
                FollowEvents(now, link);
            }
            else
            {
                _work.Enqueue(new HandshakeWork(link, work));
            }
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
                case DtlsEvent.SessionInvalidated invalidated:
                    _sessionMessages.Enqueue(new SessionMessage.Forget(invalidated.Id));
                    break;
                case DtlsEvent.HandshakeFailed failed:
                    Remove(now, link);
                    _events.Enqueue(new GatewayEvent.Refused(
                        link.Path, failed.Reason, failed.Alert, failed.Peer, link.Offered, now - link.Since));
                    break;
                case DtlsEvent.SecretDerived secret:
                    _events.Enqueue(new GatewayEvent.SecretDerived(secret.KeyLogLine));
                    break;
                case DtlsEvent.Closed closed:
                    Remove(now, link);
                    _events.Enqueue(new GatewayEvent.Disconnected(link.Path, link.Device!, closed.Reason, closed.Alert));
                    break;
            }
        }
    }

    private void Establish(Instant now, DeviceLink link, DtlsEvent.HandshakeCompleted completed)
    {
        var device = (DeviceIdentity)completed.Peer.Identity!;
        _events.Enqueue(new GatewayEvent.Connected(
            link.Path, device, completed.ExtendedMasterSecret, completed.IsResumed, link.HasConnectionId, link.Offered, completed.Peer.Detail,
            now - link.Since));
        link.Offered = null;
        Keep(device.Name, completed.Session);
        link.Establish(now, device, new CoapEndpoint(_rest.Endpoints));

        // RFC 6347 §4.2.8: only now, with a verified Finished, is the old connection abandoned; nothing is sent on it. One
        // with a Connection ID is not at this path for good: it goes only if it is this device's.
        if (_index.Establish(link) is { } before && (!before.HasConnectionId || before.Device!.Name == device.Name))
        {
            _events.Enqueue(new GatewayEvent.Replaced(link.Path, before.Device!));
            before.Connection.Abandon();
            Remove(now, before);
            _deadlines.Set(before, null);
        }

        if (HasRoomFor(now, link))
        {
            Arrive(link);
            Welcome(now, link);
            _relay.HandleClientReady(now, link);
        }
    }

    /// <summary>Unpredictable, not in use, and with a first byte that says whose it is (DESIGN D-16); null when they are off.</summary>
    private byte[]? NewConnectionId()
    {
        if (settings.ConnectionIdLength == 0)
        {
            return null;
        }

        var connectionId = new byte[settings.ConnectionIdLength];
        do
        {
            entropy.Fill(connectionId);
            var first = connectionId[0] - (connectionId[0] % settings.Shards) + settings.Shard;
            connectionId[0] = (byte)(first > byte.MaxValue ? first - settings.Shards : first);
        }
        while (_index.Find(connectionId) is not null);

        return connectionId;
    }

    private void CloseAll(Instant now, DeviceLink[] links)
    {
        foreach (var link in links)
        {
            link.Connection.Close();
            Settle(now, link);
        }

        _drainDeadline = null;
    }
}
