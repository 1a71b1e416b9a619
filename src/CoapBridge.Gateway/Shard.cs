using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// Everything that one thread does for its devices, without the thread: datagrams, work results, receipts and time go
/// in; datagrams, work, messages for the broker and events come out. After each Handle… call take all outputs and ask
/// <see cref="NextDeadline"/> again.
/// </summary>
public sealed partial class Shard(ShardSettings settings, IEntropy entropy)
{
    internal static readonly CriticalOptions UnderstoodOptions = new(
        OptionNumber.UriHost, OptionNumber.UriPort, OptionNumber.UriPath, OptionNumber.UriQuery, OptionNumber.Accept,
        OptionNumber.IfMatch, OptionNumber.IfNoneMatch);

    private DtlsServer _server = new(settings.Generation.Dtls, settings.HelloVerifier, entropy);
    private readonly UplinkRelay _relay = new(settings.Generation.Relay, settings.Shard, entropy);
    private readonly DeviceIndex _index = new(PathHash.NewSeed(entropy));
    private readonly DeadlineQueue<DeviceLink> _deadlines = new();
    private readonly StatelessReplies _replies = new();
    private readonly Queue<DeviceLink> _ready = new();
    private readonly Queue<ShardWork> _work = new();
    private readonly Queue<GatewayEvent> _events = new();
    private readonly LinkRest _rest = new(settings.Generation.Dtls, new EndpointGroup(UnderstoodOptions, TransmissionParameters.Default, entropy));
    private Instant _now;
    private int _openWork;
    private Instant? _drainDeadline;
    private bool _isDraining;

    /// <summary>What was counted since the start.</summary>
    public ShardCounters Counters { get; } = new();

    /// <summary>Established connections.</summary>
    public int ConnectionCount => _index.EstablishedCount;

    /// <summary>Of these, the ones that rest in a few bytes; counted when asked.</summary>
    public int RestingCount => _index.Established.Count(link => link.IsResting);

    /// <summary>Handshakes under way.</summary>
    public int HandshakeCount => _index.HandshakeCount;

    /// <summary>Requests that wait for the broker.</summary>
    public int OpenRequestCount => _relay.OpenCount;

    /// <summary>False while new handshakes are not taken on, for example because the clock is wrong (REQUIREMENTS 7.04).</summary>
    public bool AcceptsHandshakes { get; set; } = true;

    /// <summary>False while nobody reads <see cref="GatewayEvent.Answered"/>: then none are made.</summary>
    public bool TellsAnswers { get; set; } = true;

    /// <summary>Everything is answered and closed after <see cref="BeginDrain"/>.</summary>
    public bool IsDrained => _isDraining && _index.EstablishedCount == 0 && _ready.Count == 0;

    public Instant? NextDeadline => _isSaved ? null
        : Instant.Earliest(Instant.Earliest(_deadlines.Next, _relay.NextDeadline), Instant.Earliest(_drainDeadline, ExpiryDeadline));

    /// <summary>Takes a datagram in; its bytes are decrypted in place.</summary>
    public void HandleDatagram(Instant now, in NetworkPath path, Span<byte> datagram)
    {
        if (_isSaved)
        {
            return;
        }

        if (DtlsServer.LooksLikeHello(datagram))
        {
            HandleHello(now, path, datagram, _index.Find(path));
        }
        else
        {
            HandleRecords(now, path, datagram);
        }
    }

    /// <summary>Drops whatever lives at a path, without a word: the way out after a bug of ours.</summary>
    public void Forget(in NetworkPath path)
    {
        var entry = _index.Find(path);
        foreach (var link in new[] { entry.Established, entry.Handshake })
        {
            if (link is not null)
            {
                link.Connection.Abandon();
                Remove(_now, link);
                _deadlines.Set(link, null);
                _unfinished.Remove(link);
            }
        }
    }

    /// <summary>Takes the result of a work item; one whose connection is gone is discarded.</summary>
    public void HandleWork(Instant now, ShardWorkResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        _openWork--;
        if (result is HandshakeWorkResult handshake)
        {
            handshake.Link.Connection.HandleWork(now, handshake.Result);
            Settle(now, handshake.Link);
        }
        else
        {
            HandleJudged(now, (JudgeWorkResult)result);
        }
    }

    public void HandleReceipt(Instant now, in Receipt receipt)
    {
        if (!_isSaved)
        {
            _relay.HandleReceipt(now, receipt);
            SendAnswers(now);
        }
    }

    public void HandleUpstream(in UpstreamStatus status)
    {
        _relay.HandleUpstream(status);
        if (status.State == UpstreamState.Connected)
        {
            RestoreObservers();
        }
    }

    /// <summary>Does what is due. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        if (_isSaved)
        {
            return;
        }

        _relay.HandleTimeout(now);
        SendAnswers(now);
        _rest.Endpoints.HandleTimeout(now);
        HandleExpiry(now);
        while (_deadlines.TryTakeDue(now, out var link))
        {
            link.Connection.HandleTimeout(now);
            link.Endpoint?.HandleTimeout(now);
            HandlePathCheck(now, link);
            if (link.Refusal?.Deadline <= now)
            {
                link.Connection.Refuse(AlertDescription.AccessDenied);
            }

            Settle(now, link);
        }

        if (_drainDeadline <= now)
        {
            CloseAll(now, _isHandingOver ? [.. _unfinished] : [.. _index.Established]);
        }
    }

    /// <summary>
    /// Stops: no new handshakes, new requests are asked to come again, open ones are answered, and each connection is
    /// closed with close_notify as soon as nothing of it is open.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="limit">After this everything is closed, answered or not.</param>
    public void BeginDrain(Instant now, TimeSpan limit)
    {
        _isDraining = true;
        _drainDeadline = now + limit;
        _relay.BeginDrain(now);
        SendAnswers(now);
        foreach (var link in _index.Handshakes.ToArray())
        {
            link.Connection.Close("stopping");
            Settle(now, link);
        }

        foreach (var link in _index.Established.ToArray())
        {
            Settle(now, link);
        }
    }

    /// <summary>The next datagram to send.</summary>
    /// <param name="buffer">At least 2,048 bytes.</param>
    public bool TryTakeTransmit(Span<byte> buffer, out NetworkPath path, out int length)
    {
        if (_isSaved)
        {
            (path, length) = (default, 0);
            return false;
        }

        if (_replies.TryTake(buffer, out path, out length))
        {
            return true;
        }

        Span<byte> message = stackalloc byte[CoapMessage.MaxLength];
        while (_ready.TryPeek(out var link))
        {
            if (link is { OwesChallenge: true, Check: { } check })
            {
                link.OwesChallenge = false;
                path = check.Candidate;
                if (link.Connection.TrySealPathChallenge(check.Cookie, buffer, out length))
                {
                    return true;
                }
            }

            path = link.Path;

            // The last flight of the handshake leaves before application data.
            if (link.Connection.TryTakeTransmit(buffer, out length) || TryTakeMessage(link, message, buffer, out length))
            {
                link.CountSent(length);
                return true;
            }

            if (TryEnd(link))
            {
                continue;
            }

            // Sending may have been the connection's end.
            FollowEvents(_now, link);
            _deadlines.Set(link, link.NextDeadline);
            _ready.Dequeue();
            link.IsQueued = false;
            link.RestIfIdle(_now, _rest);
            if (_isHandingOver)
            {
                FollowHandover(link);
            }
        }

        length = 0;
        return false;
    }

    /// <summary>The device's next message, sealed. It waits while an address is checked, and for what the present path does not allow (DESIGN D-8).</summary>
    private bool TryTakeMessage(DeviceLink link, Span<byte> message, Span<byte> buffer, out int length)
    {
        length = 0;
        while (link.Connection.IsEstablished && link.Check is null
            && link.MaySend(link.Endpoint!.NextTransmitLength + link.Connection.RecordOverhead)
            && link.Endpoint.TryTakeTransmit(message, out var messageLength))
        {
            if (link.Connection.TrySeal(message[..messageLength], buffer, out length))
            {
                return true;
            }

            Counters.MessagesUnsent++;
        }

        return false;
    }

    /// <summary>The next work item, each once.</summary>
    public bool TryTakeWork(out ShardWork work)
    {
        var isThere = _work.TryDequeue(out work!);
        _openWork += isThere ? 1 : 0;
        return isThere;
    }

    public bool TryTakeKept(out KeptMessage kept) => _relay.TryTakeKept(out kept);

    public bool TryTakePublish(out Publish publish) => _relay.TryTakePublish(out publish);

    public bool TryTakeEvent(out GatewayEvent what) => _events.TryDequeue(out what!);
}
