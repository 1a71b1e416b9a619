using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using CoapBridge.Wire;

namespace CoapBridge.Network.Linux;

/// <summary>One bound socket of one shard, with the batch that it receives into.</summary>
internal sealed unsafe class LinuxUdpSocket : IDisposable
{
    private const int KernelBuffer = 4 << 20;

    private readonly MessageBatch _batch = new(ControlMessages.ReceiveSize);
    private uint _kernelDrops;

    private LinuxUdpSocket(int descriptor, int family)
    {
        Descriptor = descriptor;
        Family = family;
    }

    public int Descriptor { get; private set; }

    public int Family { get; }

    /// <summary>The bound address and port.</summary>
    public PeerAddress Local { get; private set; }

    /// <summary>Whether the socket takes what comes to any of our addresses.</summary>
    public bool IsWildcard => Local.ToIPAddress() is var address && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <param name="endpoint">Where to bind.</param>
    /// <param name="joins">Whether the socket joins a SO_REUSEPORT group that exists; otherwise the bind is exclusive.</param>
    /// <param name="socket">The bound socket.</param>
    public static SocketError TryBind(IPEndPoint endpoint, bool joins, out LinuxUdpSocket? socket)
    {
        var family = endpoint.AddressFamily == AddressFamily.InterNetwork ? LibC.AF_INET : LibC.AF_INET6;
        socket = null;
        var descriptor = LibC.Socket(family, LibC.SOCK_DGRAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0);
        if (descriptor < 0)
        {
            return ErrorOf(Marshal.GetLastPInvokeError());
        }

        var fresh = new LinuxUdpSocket(descriptor, family);
        if (fresh.Configure(joins) && fresh.Bind(PeerAddress.From(endpoint)))
        {
            socket = fresh;
            return SocketError.Success;
        }

        var error = ErrorOf(Marshal.GetLastPInvokeError());
        fresh.Dispose();
        return error;
    }

    /// <summary>
    /// Opens the SO_REUSEPORT group of a socket that was bound exclusively. Linux takes the option after the bind as
    /// well, so the port is never free in between.
    /// </summary>
    public bool OpenGroup() => Set(LibC.SOL_SOCKET, LibC.SO_REUSEPORT, 1);

    /// <summary>Receives one batch without waiting; adds what is good to <paramref name="received"/>.</summary>
    public void Receive(List<ReceivedDatagram> received, DoorCounters counters)
    {
        _batch.PrepareReceive(UdpDoor.BatchSize);
        var count = LibC.RecvMMsg(Descriptor, _batch.Headers, UdpDoor.BatchSize, LibC.MSG_DONTWAIT, null);
        if (count < 0 && Marshal.GetLastPInvokeError() is not (LibC.EAGAIN or LibC.EINTR))
        {
            counters.CountReceiveError(); // an ICMP error of an earlier datagram: nobody's end
        }

        for (var index = 0; index < count; index++)
        {
            Admit(index, received, counters);
        }
    }

    public Span<byte> Datagram(ReceivedDatagram datagram) => _batch.Buffer(datagram.Index)[..datagram.Length];

    public void Dispose()
    {
        if (Descriptor >= 0)
        {
            _ = LibC.Close(Descriptor);
            Descriptor = -1;
            _batch.Dispose();
        }
    }

    private void Admit(int index, List<ReceivedDatagram> received, DoorCounters counters)
    {
        ref var message = ref _batch.Headers[index];
        counters.CountReceived();
        var control = ControlMessages.Read(_batch.Control(index)[..(int)message.Header.ControlLength], Local.Port);
        if (control.KernelDrops is { } drops)
        {
            counters.CountKernelDrops(unchecked(drops - _kernelDrops));
            _kernelDrops = drops;
        }

        if ((message.Header.Flags & LibC.MSG_TRUNC) != 0)
        {
            counters.CountTooLarge();
        }
        else if (!SocketAddresses.TryRead(_batch.Name(index)[..(int)message.Header.NameLength], out var remote)
            || remote.Port == 0 || control.Local is not { } local)
        {
            counters.CountNoAddress(); // nothing can ever be answered to port 0
        }
        else if (!control.IsUnicast)
        {
            counters.CountNotUnicast();
        }
        else
        {
            received.Add(new ReceivedDatagram(this, index, (int)message.Length, new NetworkPath(remote, local)));
        }
    }

    private bool Configure(bool joins)
    {
        // Best effort: the system caps the buffers at net.core.rmem_max and wmem_max, and a socket without a drop count still works.
        _ = Set(LibC.SOL_SOCKET, LibC.SO_RCVBUF, KernelBuffer);
        _ = Set(LibC.SOL_SOCKET, LibC.SO_SNDBUF, KernelBuffer);
        _ = Set(LibC.SOL_SOCKET, LibC.SO_RXQ_OVFL, 1);
        var info = Family == LibC.AF_INET
            ? Set(LibC.IPPROTO_IP, LibC.IP_PKTINFO, 1)
            : Set(LibC.IPPROTO_IPV6, LibC.IPV6_V6ONLY, 1) && Set(LibC.IPPROTO_IPV6, LibC.IPV6_RECVPKTINFO, 1);
        return info && (!joins || Set(LibC.SOL_SOCKET, LibC.SO_REUSEPORT, 1));
    }

    private bool Bind(in PeerAddress address)
    {
        var name = stackalloc byte[SocketAddresses.Size];
        var length = (uint)SocketAddresses.Write(new Span<byte>(name, SocketAddresses.Size), address, Family);
        if (LibC.Bind(Descriptor, name, length) < 0 || LibC.GetSockName(Descriptor, name, &length) < 0)
        {
            return false;
        }

        Local = SocketAddresses.TryRead(new ReadOnlySpan<byte>(name, (int)length), out var bound) ? bound : address;
        return true;
    }

    private bool Set(int level, int option, int value) => LibC.SetSockOpt(Descriptor, level, option, value, sizeof(int)) == 0;

    private static SocketError ErrorOf(int error) => error switch
    {
        LibC.EADDRINUSE => SocketError.AddressAlreadyInUse,
        LibC.EADDRNOTAVAIL => SocketError.AddressNotAvailable,
        LibC.EACCES or LibC.EPERM => SocketError.AccessDenied,
        LibC.EAFNOSUPPORT => SocketError.AddressFamilyNotSupported,
        LibC.EMFILE or LibC.ENFILE => SocketError.TooManyOpenSockets,
        _ => SocketError.SocketError,
    };

    /// <summary>A datagram in the batch of its socket.</summary>
    internal readonly record struct ReceivedDatagram(LinuxUdpSocket Socket, int Index, int Length, NetworkPath Path);
}
