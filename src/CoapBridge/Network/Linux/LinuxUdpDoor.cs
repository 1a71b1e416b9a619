using System.Net;
using System.Net.Sockets;
using CoapBridge.Wire;

namespace CoapBridge.Network.Linux;

/// <summary>
/// The door on Linux: batches of 32 datagrams per system call, and answers leave from the address that the request
/// came to, also on a host with several addresses.
/// </summary>
internal sealed unsafe class LinuxUdpDoor : UdpDoor
{
    private readonly LinuxUdpSocket[] _sockets;
    private readonly TransmitQueue _transmits;
    private readonly List<LinuxUdpSocket.ReceivedDatagram> _received;
    private readonly int _wakeDescriptor;
    private int _woken;
    private bool _disposed;

    private LinuxUdpDoor(LinuxUdpSocket[] sockets)
    {
        _sockets = sockets;
        _transmits = new TransmitQueue(sockets, Counters);
        _received = new(BatchSize * sockets.Length);
        _wakeDescriptor = LibC.EventFd(0, LibC.EFD_NONBLOCK | LibC.EFD_CLOEXEC);
        LocalEndPoints = [.. sockets.Select(socket => socket.Local.ToEndPoint())];
        if (_wakeDescriptor < 0)
        {
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        }
    }

    public override IReadOnlyList<IPEndPoint> LocalEndPoints { get; }

    public override Span<byte> TransmitBuffer => _transmits.NextBuffer;

    /// <inheritdoc cref="UdpDoors.TryOpen"/>
    public static bool TryOpen(IReadOnlyList<IPEndPoint> endpoints, int shards, out UdpDoor[] doors, out BindFault? fault)
    {
        var rows = Enumerable.Range(0, shards).Select(_ => new LinuxUdpSocket[endpoints.Count]).ToArray();
        for (var column = 0; column < endpoints.Count; column++)
        {
            if (BindGroup(endpoints[column], rows, column) is var error and not SocketError.Success)
            {
                fault = new BindFault(endpoints[column], error);
                foreach (var socket in rows.SelectMany(row => row))
                {
                    socket?.Dispose();
                }

                doors = [];
                return false;
            }
        }

        fault = null;
        doors = [.. rows.Select(row => new LinuxUdpDoor(row))];
        return true;
    }

    public override int Receive(TimeSpan timeout)
    {
        _received.Clear();
        var descriptors = stackalloc LibC.PollFd[_sockets.Length + 1];
        for (var index = 0; index < _sockets.Length; index++)
        {
            descriptors[index] = new() { Descriptor = _sockets[index].Descriptor, Events = LibC.POLLIN };
        }

        descriptors[_sockets.Length] = new() { Descriptor = _wakeDescriptor, Events = LibC.POLLIN };
        if (LibC.Poll(descriptors, (nuint)_sockets.Length + 1, Milliseconds(timeout)) <= 0)
        {
            return 0; // the time is over, or a signal: the caller looks at its deadlines either way
        }

        if (descriptors[_sockets.Length].Returned != 0)
        {
            ulong count;
            _ = LibC.Read(_wakeDescriptor, &count, sizeof(ulong));
            Interlocked.Exchange(ref _woken, 0); // before the caller looks into its inboxes: later posts write again
        }

        for (var index = 0; index < _sockets.Length; index++)
        {
            if (descriptors[index].Returned != 0)
            {
                _sockets[index].Receive(_received, Counters);
            }
        }

        return _received.Count;
    }

    public override Span<byte> Datagram(int index, out NetworkPath path)
    {
        var datagram = _received[index];
        path = datagram.Path;
        return datagram.Socket.Datagram(datagram);
    }

    public override void Transmit(in NetworkPath path, int length) => _transmits.Add(path, length);

    public override void Flush() => _transmits.Flush();

    public override void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) == 0)
        {
            ulong one = 1;
            _ = LibC.Write(_wakeDescriptor, &one, sizeof(ulong));
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _ = LibC.Close(_wakeDescriptor);
        if (disposing)
        {
            _transmits.Dispose();
            Array.ForEach(_sockets, socket => socket.Dispose());
        }
    }

    private static SocketError BindGroup(IPEndPoint endpoint, LinuxUdpSocket[][] rows, int column)
    {
        var target = endpoint;
        for (var shard = 0; shard < rows.Length; shard++)
        {
            var error = LinuxUdpSocket.TryBind(target, joins: shard > 0, out var socket);
            if (error != SocketError.Success)
            {
                return error;
            }

            rows[shard][column] = socket!;
            if (shard == 0)
            {
                target = new IPEndPoint(endpoint.Address, socket!.Local.Port);
                if (rows.Length > 1 && !socket.OpenGroup())
                {
                    return SocketError.OperationNotSupported;
                }
            }
        }

        return SocketError.Success;
    }

    // Rounded up: waking before a deadline would only spin. A long wait is cut, which costs one empty turn.
    private static int Milliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue);
}
