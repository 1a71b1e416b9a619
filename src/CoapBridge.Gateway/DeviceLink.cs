using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// One device's end inside the gateway: its DTLS connection and, once it is known, its CoAP endpoint. While these have nothing
/// to do they rest in a few bytes; whoever asks for them wakes them. What the link itself holds is not touched by that.
/// </summary>
internal sealed class DeviceLink(NetworkPath path, DtlsConnection connection, ulong helloFingerprint, Instant now) : RelayClient, IDeadlineOwner
{
    // The one or the other, and who reads it back.
    private Activity? _activity = new(connection) { Since = now };
    private byte[]? _resting;
    private LinkRest? _rest;

    /// <summary>Where answers go. It changes only for a connection with a Connection ID.</summary>
    public NetworkPath Path { get; private set; } = path;

    public override PeerAddress Address => Path.Remote;

    public DtlsConnection Connection => Awake.Connection;

    /// <summary>The device's records carry a Connection ID of ours; without one its path is its name.</summary>
    public bool HasConnectionId { get; } = !connection.ConnectionId.IsEmpty;

    /// <summary>Zeros without one; asking wakes nobody.</summary>
    public ConnectionIdKey ConnectionId => ConnectionIdKey.Of(_resting is { } rest ? LinkRest.ConnectionIdOf(rest) : Connection.ConnectionId);

    /// <summary>Tells a repeated hello from one of a client that started over.</summary>
    public ulong HelloFingerprint => helloFingerprint;

    /// <summary>What the device offered, until the handshake is over.</summary>
    public HelloSummary? Offered
    {
        get => Awake.Offered;
        set => Awake.Offered = value;
    }

    /// <summary>When the handshake began.</summary>
    public Instant Since => Awake.Since;

    /// <summary>Null until the handshake is done.</summary>
    public CoapEndpoint? Endpoint => Awake.Endpoint;

    /// <summary>Waits in the shard's queue of links that may have something to send.</summary>
    public bool IsQueued { get; set; }

    public int DeadlinePlace { get; set; }

    /// <summary>An address that is being checked (RFC 9853); null when none is.</summary>
    public PathCheck? Check
    {
        get => Awake.Check;
        set => Awake.Check = value;
    }

    /// <summary>A path_challenge is due at <see cref="PathCheck.Candidate"/>.</summary>
    public bool OwesChallenge { get; set; }

    /// <summary>Set when the device is not welcome any more.</summary>
    public Refusal? Refusal => _activity?.Refusal;

    public override bool IsRefused => Refusal is not null;

    public Instant? NextDeadline => Instant.Earliest(
        Connection.NextDeadline,
        Connection.IsEstablished ? Instant.Earliest(Instant.Earliest(Endpoint?.NextDeadline, Check?.NextDeadline), Refusal?.Deadline) : null);

    /// <summary>A request is open, or an answer is not acknowledged yet.</summary>
    public bool HasUnfinished => OpenPublishes > 0 || _activity?.Endpoint is { HasUnfinished: true };

    /// <summary>The handshake is done and the connection lives; asking wakes nobody.</summary>
    public bool IsEstablished => IsResting || Connection.IsEstablished;

    /// <summary>Connection and endpoint are a few bytes at present.</summary>
    public bool IsResting => _resting is not null;

    private Activity Awake => _activity ?? Wake();

    /// <summary>When the last authentic record came; asking wakes nobody. Each rest rounds it up to a millisecond.</summary>
    public Instant LastHeard => _resting is { } rest ? LinkRest.LastHeardOf(rest) : Connection.LastReceived;

    /// <summary>When its handshake was done, or this run took it up.</summary>
    public Instant EstablishedAt { get; private set; }

    /// <summary>CoAP messages that came from the device in this run, repeated ones too.</summary>
    public uint MessageCount { get; private set; }

    /// <summary>It came when nobody could make room for it: it closes as soon as its handshake's last flight is sent.</summary>
    public bool HasNoRoom
    {
        get => _activity is { HasNoRoom: true };
        set => Awake.HasNoRoom = value;
    }

    /// <summary>Lets connection and endpoint rest if nothing of them is under way or remembered.</summary>
    public void RestIfIdle(Instant at, LinkRest rest)
    {
        if (_activity is { Connection: { IsAtRest: true } idle, Endpoint: { IsAtRest: true } endpoint, Check: null, Budget: null }
            && OpenPublishes == 0 && Refusal is null)
        {
            _resting = LinkRest.Write(at, idle, endpoint);
            _rest = rest;
            _activity = null;
            Device!.LetGo();
        }
    }

    /// <summary>Writes age, connection and endpoint; those at rest are copied as they are. Nothing may be sent or accepted afterwards.</summary>
    public void Save(Instant at, ref WireWriter writer)
    {
        if (_resting is { } resting)
        {
            LinkRest.Copy(at, resting, ref writer);
            return;
        }

        writer.WriteUInt48(0);
        Connection.Save(at, ref writer);
        Endpoint!.Save(at, ref writer);
    }

    public void Establish(Instant at, DeviceIdentity device, CoapEndpoint endpoint)
    {
        EstablishedAt = at;
        Device = device;
        Awake.Endpoint = endpoint;
    }

    public void Refuse(Refusal refusal) => Awake.Refusal = refusal;

    /// <summary>As <see cref="RequestMeter.TryTake"/>. Rest forgets the meter: by then both buckets have long been full.</summary>
    public RequestLimit TryTake(Instant at, int length, RequestLimits limits, out TimeSpan wait) =>
        Awake.TryTake(at, length, limits, out wait);

    /// <summary>An authentic record, newer than all before it, came from elsewhere (RFC 9146 §6).</summary>
    /// <param name="now">The present.</param>
    /// <param name="newPath">Where it came from.</param>
    /// <param name="received">Bytes that came from there.</param>
    public void Move(Instant now, in NetworkPath newPath, int received)
    {
        Path = newPath;
        Endpoint!.Ping(now, out var ping);
        Awake.Budget = PathBudget.For(ping, received);
    }

    /// <summary>Bytes that may still go to the present path before it is proved; null when it is.</summary>
    public long? UnprovedPathLeft => _activity?.Budget?.Left;

    /// <summary>The path was not proved when the connection was saved; it is asked again.</summary>
    public void LimitPath(Instant now, long left)
    {
        Endpoint!.Ping(now, out var ping);
        Awake.Budget = new PathBudget(ping, left);
    }

    /// <summary>The device proved that it receives at the checked address (RFC 9853 §5).</summary>
    public void MoveToChecked()
    {
        Path = Check!.Candidate;
        Check = null;
        Awake.Budget = null;
    }

    /// <summary>More came from the present path: while it is unproved a ping is always under way (DESIGN D-8).</summary>
    public void CountReceived(Instant now, int length)
    {
        Awake.Budget?.AddReceived(length);
        if (Awake.Budget is { NeedsPing: true } budget)
        {
            Endpoint!.Ping(now, out var ping);
            budget.AwaitPing(ping);
        }
    }

    public void CountMessage() => MessageCount++;

    /// <summary>Whether so many bytes may go to the present path now; otherwise they wait.</summary>
    public bool MaySend(int length) => Awake.Budget?.Allows(length) ?? true;

    public void CountSent(int length) => Awake.Budget?.AddSent(length);

    /// <summary>The device answered a ping, or never did: if it was the one to its present path, that path is proved, or is to be asked again.</summary>
    public void HandlePingEnd(OutgoingRequest ping, bool answered)
    {
        if (Awake.Budget is { } budget && budget.Awaits(ping))
        {
            budget.AwaitPing(default);
            Awake.Budget = answered ? null : budget;
        }
    }

    private Activity Wake()
    {
        var (wokenConnection, endpoint) = _rest!.Read(_resting!);
        _resting = null;
        return _activity = new Activity(wokenConnection) { Endpoint = endpoint };
    }

    /// <summary>What a link has only while something goes on.</summary>
    private sealed class Activity(DtlsConnection connection)
    {
        public DtlsConnection Connection => connection;

        public CoapEndpoint? Endpoint { get; set; }

        public HelloSummary? Offered { get; set; }

        public Instant Since { get; init; }

        public Refusal? Refusal { get; set; }

        public PathCheck? Check { get; set; }

        public PathBudget? Budget { get; set; }

        public bool HasNoRoom { get; set; }

        private RequestMeter _meter;

        public RequestLimit TryTake(Instant at, int length, RequestLimits limits, out TimeSpan wait) => _meter.TryTake(at, length, limits, out wait);
    }
}
