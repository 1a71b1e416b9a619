using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>One device's end inside the gateway: its DTLS connection and, once it is known, its CoAP endpoint.</summary>
internal sealed class DeviceLink(NetworkPath path, DtlsConnection connection, ulong helloFingerprint, Instant now) : RelayClient
{
    private PathBudget? _budget;

    /// <summary>Where answers go. It changes only for a connection with a Connection ID.</summary>
    public NetworkPath Path { get; private set; } = path;

    public override PeerAddress Address => Path.Remote;

    public DtlsConnection Connection => connection;

    /// <summary>The device's records carry a Connection ID of ours; without one its path is its name.</summary>
    public bool HasConnectionId => !connection.ConnectionId.IsEmpty;

    /// <summary>Tells a repeated hello from one of a client that started over.</summary>
    public ulong HelloFingerprint => helloFingerprint;

    /// <summary>What the device offered, until the handshake is over.</summary>
    public HelloSummary? Offered { get; set; }

    public Instant Since { get; private set; } = now;

    /// <summary>Null until the handshake is done.</summary>
    public CoapEndpoint? Endpoint { get; private set; }

    /// <summary>Waits in the shard's queue of links that may have something to send.</summary>
    public bool IsQueued { get; set; }

    /// <summary>An address that is being checked (RFC 9853); null when none is.</summary>
    public PathCheck? Check { get; set; }

    /// <summary>A path_challenge is due at <see cref="PathCheck.Candidate"/>.</summary>
    public bool OwesChallenge { get; set; }

    /// <summary>Set when the device is not welcome any more.</summary>
    public Refusal? Refusal { get; private set; }

    public override bool IsRefused => Refusal is not null;

    public Instant? NextDeadline => Instant.Earliest(
        connection.NextDeadline,
        connection.IsEstablished ? Instant.Earliest(Instant.Earliest(Endpoint?.NextDeadline, Check?.NextDeadline), Refusal?.Deadline) : null);

    /// <summary>A request is open, or an answer is not acknowledged yet.</summary>
    public bool HasUnfinished => OpenPublishes > 0 || Endpoint is { HasUnfinished: true };

    public void Establish(DeviceIdentity device, CoapEndpoint endpoint, Instant now)
    {
        Device = device;
        Endpoint = endpoint;
        Since = now;
    }

    public void Refuse(Refusal refusal) => Refusal = refusal;

    /// <summary>An authentic record, newer than all before it, came from elsewhere (RFC 9146 §6).</summary>
    /// <param name="now">The present.</param>
    /// <param name="newPath">Where it came from.</param>
    /// <param name="received">Bytes that came from there.</param>
    public void Move(Instant now, in NetworkPath newPath, int received)
    {
        Path = newPath;
        Endpoint!.Ping(now, out var ping);
        _budget = PathBudget.For(ping, received);
    }

    /// <summary>Bytes that may still go to the present path before it is proved; null when it is.</summary>
    public long? UnprovedPathLeft => _budget?.Left;

    /// <summary>The path was not proved when the connection was saved; it is asked again.</summary>
    public void LimitPath(Instant now, long left)
    {
        Endpoint!.Ping(now, out var ping);
        _budget = new PathBudget(ping, left);
    }

    /// <summary>The device proved that it receives at the checked address (RFC 9853 §5).</summary>
    public void MoveToChecked()
    {
        Path = Check!.Candidate;
        Check = null;
        _budget = null;
    }

    /// <summary>More came from the present path.</summary>
    public void CountReceived(int length) => _budget?.AddReceived(length);

    /// <summary>Whether so many bytes may go to the present path now; otherwise they wait.</summary>
    public bool MaySend(int length) => _budget?.Allows(length) ?? true;

    public void CountSent(int length) => _budget?.AddSent(length);

    /// <summary>The device answered a ping: if it was the one to its present path, that path is proved.</summary>
    public void HandlePong(OutgoingRequest answered)
    {
        if (_budget?.IsProvedBy(answered) == true)
        {
            _budget = null;
        }
    }
}
