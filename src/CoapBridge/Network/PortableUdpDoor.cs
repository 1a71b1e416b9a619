using System.Net;
using System.Net.Sockets;
using CoapBridge.Wire;

namespace CoapBridge.Network;

/// <summary>
/// The door of other systems, on .NET's own sockets: one socket per endpoint, so one shard. .NET cannot choose the source
/// address of a datagram: on a host with several addresses list each one as an endpoint instead of the wildcard.
/// </summary>
internal sealed class PortableUdpDoor : UdpDoor
{
    private const int KernelBuffer = 4 << 20;

    /// <summary>SIO_UDP_CONNRESET: off, an ICMP port unreachable does not fail the next receive (Windows only).</summary>
    private const int ConnectionResetControl = unchecked((int)0x9800000C);

    private readonly Socket[] _sockets;
    private readonly Socket _wakeSocket;
    private readonly Received[] _received;
    private readonly byte[] _transmit = new byte[MaxDatagram];
    private readonly List<Socket> _readable = [];
    private int _count;
    private int _woken;

    private PortableUdpDoor(Socket[] sockets)
    {
        _sockets = sockets;
        _wakeSocket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _wakeSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wakeSocket.Connect(_wakeSocket.LocalEndPoint!); // to itself: nobody else can wake it
        _received = [.. Enumerable.Range(0, BatchSize * sockets.Length).Select(_ => new Received())];
        LocalEndPoints = [.. sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];
    }

    public override IReadOnlyList<IPEndPoint> LocalEndPoints { get; }

    public override Span<byte> TransmitBuffer => _transmit;

    public static bool TryOpen(IReadOnlyList<IPEndPoint> endpoints, out UdpDoor? door, out BindFault? fault)
    {
        var sockets = new List<Socket>();
        foreach (var endpoint in endpoints)
        {
            try
            {
                sockets.Add(Bind(endpoint));
            }
            catch (SocketException exception)
            {
                sockets.ForEach(socket => socket.Dispose());
                fault = new BindFault(endpoint, exception.SocketErrorCode);
                door = null;
                return false;
            }
        }

        fault = null;
        door = new PortableUdpDoor([.. sockets]);
        return true;
    }

    public override int Receive(TimeSpan timeout)
    {
        _count = 0;
        _readable.Clear();
        _readable.AddRange(_sockets);
        _readable.Add(_wakeSocket);
        Socket.Select(_readable, null, null, timeout);
        if (_readable.Remove(_wakeSocket))
        {
            Span<byte> scratch = stackalloc byte[8];
            _ = _wakeSocket.Receive(scratch, SocketFlags.None, out _);
            Interlocked.Exchange(ref _woken, 0); // before the caller looks into its inboxes: later posts write again
        }

        foreach (var socket in _readable)
        {
            for (var taken = 0; taken < BatchSize && socket.Poll(0, SelectMode.SelectRead); taken++)
            {
                ReceiveOne(socket);
            }
        }

        return _count;
    }

    public override Span<byte> Datagram(int index, out NetworkPath path)
    {
        path = _received[index].Path;
        return _received[index].Buffer.AsSpan(0, _received[index].Length);
    }

    public override void Transmit(in NetworkPath path, int length)
    {
        if (SocketFor(path) is not { } socket)
        {
            Counters.CountNoSocket();
            return;
        }

        try
        {
            socket.SendTo(_transmit.AsSpan(0, length), SocketFlags.None, path.Remote.ToEndPoint());
            Counters.CountSent(1);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable)
        {
            Counters.CountSendBlocked(1);
        }
        catch (SocketException)
        {
            Counters.CountSendError();
        }
    }

    public override void Flush()
    {
        // Each datagram has left already.
    }

    public override void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) == 0)
        {
            _wakeSocket.Send([1]);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _wakeSocket.Dispose();
            Array.ForEach(_sockets, socket => socket.Dispose());
        }
    }

    private static Socket Bind(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Blocking = false;
            socket.ReceiveBufferSize = KernelBuffer;
            socket.SendBufferSize = KernelBuffer;
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
                socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.PacketInformation, true);
            }
            else
            {
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            }

            if (OperatingSystem.IsWindows())
            {
                socket.ExclusiveAddressUse = true;
                socket.IOControl(ConnectionResetControl, [0, 0, 0, 0], null);
            }

            socket.Bind(endpoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void ReceiveOne(Socket socket)
    {
        var slot = _received[_count];
        var bound = (IPEndPoint)socket.LocalEndPoint!;
        var flags = SocketFlags.None;
        EndPoint remote = new IPEndPoint(bound.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            slot.Length = socket.ReceiveMessageFrom(slot.Buffer, ref flags, ref remote, out var packet);
            Counters.CountReceived();
            var from = (IPEndPoint)remote;
            slot.Path = new NetworkPath(PeerAddress.From(from), PeerAddress.From(packet.Address ?? bound.Address, (ushort)bound.Port));
            if ((flags & SocketFlags.Truncated) != 0)
            {
                Counters.CountTooLarge();
            }
            else if (from.Port == 0)
            {
                Counters.CountNoAddress(); // sending there throws
            }
            else if ((flags & (SocketFlags.Broadcast | SocketFlags.Multicast)) != 0)
            {
                Counters.CountNotUnicast();
            }
            else
            {
                _count++;
            }
        }
        catch (SocketException exception)
        {
            if (exception.SocketErrorCode == SocketError.MessageSize)
            {
                Counters.CountTooLarge();
            }
            else if (exception.SocketErrorCode != SocketError.WouldBlock)
            {
                Counters.CountReceiveError();
            }
        }
    }

    private Socket? SocketFor(in NetworkPath path)
    {
        var own = path.Local.ToEndPoint();
        return Array.Find(_sockets, socket => own.Equals(socket.LocalEndPoint))
            ?? Array.Find(_sockets, socket => socket.LocalEndPoint is IPEndPoint bound && bound.Port == own.Port && bound.AddressFamily == own.AddressFamily
                && (bound.Address.Equals(IPAddress.Any) || bound.Address.Equals(IPAddress.IPv6Any)));
    }

    private sealed class Received
    {
        public byte[] Buffer { get; } = new byte[MaxDatagram];

        public int Length { get; set; }

        public NetworkPath Path { get; set; }
    }
}
