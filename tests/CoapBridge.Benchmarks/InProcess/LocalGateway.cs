using CoapBridge.Benchmarks.Support;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Relay;
using CoapBridge.Tools.Fleet;
using CoapBridge.Wire;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>One shard without a socket, and a clock that runs only while the shard or its work does.</summary>
internal sealed class LocalGateway
{
    private static readonly PeerAddress Address = PeerAddress.FromIPv4(0x0A000001, 5684);

    private static readonly AccessPolicy Policy = AccessPolicy.TryParse(
        """
        { "Version": "1", "Statement": [
          { "Effect": "Allow", "Action": ["Publish"], "Resource": ["devices/${device}/*"] },
          { "Effect": "Allow", "Action": ["Observe"], "Resource": ["fleet/*"] } ] }
        """u8,
        out _)!;

    private readonly byte[] _buffer = new byte[2048];
    private readonly byte[]? _deviceConnectionId;
    private readonly SessionStore? _sessions;
    private readonly Queue<byte[]> _toDevice = new();

    /// <param name="fleet">Its certificates.</param>
    /// <param name="maximumConnections">Room for so many.</param>
    /// <param name="withConnectionIds">Of 8 bytes, both ways.</param>
    /// <param name="sessions">Keeps resumable sessions; without it each handshake is a full one, and its session is let go.</param>
    public LocalGateway(Fleet fleet, int maximumConnections = 2_000, bool withConnectionIds = false, SessionStore? sessions = null)
    {
        _deviceConnectionId = withConnectionIds ? new byte[8] : null;
        _sessions = sessions;
        var entropy = new SystemEntropy();
        var secret = new byte[32];
        entropy.Fill(secret);
        Settings = new ShardSettings
        {
            Shard = 0,
            Generation = new Generation
            {
                Dtls = fleet.Gateway with { ResumesSessions = true },
                Relay = new RelaySettings { Gateway = "gateway-1", Policy = Policy },
            },
            HelloVerifier = new HelloVerifier(secret),
            ConnectionIdLength = withConnectionIds ? 8 : 0,
            MaximumConnections = maximumConnections,
        };
        Shard = new Shard(Settings, entropy) { TellsAnswers = false };
        Shard.HandleTimeOfDay(Now, DateTimeOffset.UtcNow);
    }

    public ShardSettings Settings { get; }

    public Shard Shard { get; }

    /// <summary>Virtual: it moves when a benchmark says so.</summary>
    public Instant Now { get; set; } = new(1L << 50);

    /// <summary>Time goes by, and nothing is expected to be sent.</summary>
    public void Pass(TimeSpan time)
    {
        Now += time;
        Shard.HandleTimeout(Now);
        while (Shard.TryTakeTransmit(_buffer, out _, out _) || Shard.TryTakeSessionMessage(out _) || Shard.TryTakeEvent(out _))
        {
            // Nobody hears it.
        }
    }

    public static NetworkPath PathOf(int device) => new(PeerAddress.FromIPv4(0x0B000000 + (uint)(device >> 10), (ushort)(1024 + (device & 1023))), Address);

    /// <summary>A whole handshake; the server's part of it is on the clock.</summary>
    public FleetDevice Connect(Fleet fleet, int number, ServerClock clock, DtlsSession? session = null)
    {
        var device = new FleetDevice(fleet.Device(number), Now, connectionId: _deviceConnectionId, session: session);
        var isQuiet = false;
        for (var round = 0; !(device.IsConnected && isQuiet); round++)
        {
            isQuiet = true;
            while (device.TryTakeTransmit(_buffer, out var length))
            {
                isQuiet = false;
                Deliver(PathOf(number), _buffer.AsSpan(0, length), clock);
            }

            while (_toDevice.TryDequeue(out var datagram))
            {
                isQuiet = false;
                device.HandleDatagram(Now, datagram);
            }

            if (round > 20)
            {
                throw new InvalidOperationException("The handshake stands still.");
            }
        }

        return device;
    }

    /// <summary>A request of a device that does not wait for its answer.</summary>
    public static int Seal(FleetDevice device, FleetRequest request, ushort messageId, Span<byte> buffer)
    {
        Span<byte> message = stackalloc byte[CoapMessage.MaxLength];
        var length = request.Write(message, messageId, [0, 0, (byte)(messageId >> 8), (byte)messageId]);
        return device.Connection.TrySeal(message[..length], buffer, out length) ? length : throw new InvalidOperationException("The connection is over.");
    }

    private void Deliver(NetworkPath path, Span<byte> datagram, ServerClock clock)
    {
        clock.Start();
        Shard.HandleDatagram(Now, path, datagram);
        var more = true;
        while (more)
        {
            more = false;
            while (Shard.TryTakeTransmit(_buffer, out _, out var length))
            {
                clock.Stop();
                _toDevice.Enqueue(_buffer[..length]);
                clock.Start();
            }

            while (Shard.TryTakeWork(out var work))
            {
                Shard.HandleWork(Now, work.Run(DateTimeOffset.UtcNow));
                more = true;
            }

            while (Shard.TryTakeSessionMessage(out var message))
            {
                more |= Post(message);
            }

            while (Shard.TryTakeEvent(out _))
            {
                // The log's part is not the shard's.
            }
        }

        clock.Stop();
    }

    private bool Post(SessionMessage message)
    {
        if (_sessions is null)
        {
            if (message.Refuse() is { } refused)
            {
                Shard.HandleWork(Now, refused);
            }

            return true;
        }

        _sessions.HandleMessage(Now, message);
        var any = false;
        while (_sessions.TryTakeAnswer(out _, out var answer))
        {
            Shard.HandleWork(Now, answer);
            any = true;
        }

        while (_sessions.TryTakeOrder(out _, out var order))
        {
            Shard.HandleOrder(Now, order);
            any = true;
        }

        return any;
    }
}
