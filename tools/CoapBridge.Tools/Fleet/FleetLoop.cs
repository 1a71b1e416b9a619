using System.Net;
using System.Net.Sockets;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Tools.Fleet;

/// <summary>
/// Thousands of devices on one thread: a UDP socket each, as behind thousands of addresses; one epoll and one queue of deadlines for
/// all. Used by its thread only. What happened to whom is asked after each <see cref="Turn"/>.
/// </summary>
/// <param name="server">The gateway.</param>
internal sealed class FleetLoop(IPEndPoint server) : IDisposable
{
    private const int LongestDatagram = 2_048;

    private readonly Epoll _epoll = Epoll.Open();
    private readonly DeadlineQueue<FleetLine> _deadlines = new();
    private readonly Dictionary<int, FleetLine> _lines = [];
    private readonly Queue<FleetLine> _changed = new();
    private readonly byte[] _buffer = new byte[LongestDatagram];

    /// <summary>When something is due.</summary>
    public Instant? NextDeadline => _deadlines.Next;

    /// <summary>Begins a device's handshake.</summary>
    /// <param name="number">Unlike those of the others that are here.</param>
    /// <param name="settings">Its certificate.</param>
    /// <param name="window">Requests that it may have under way.</param>
    /// <param name="connectionId">What it wants to receive (RFC 9146 §3); null: no Connection IDs.</param>
    /// <param name="session">To be resumed.</param>
    /// <exception cref="SocketException">There are no more sockets or ports.</exception>
    public FleetLine Connect(int number, DtlsSettings settings, int window = 1, byte[]? connectionId = null, DtlsSession? session = null)
    {
        var line = new FleetLine(number, Open(number), new FleetDevice(settings, Clock.Now, window, connectionId, session));
        _lines.Add(number, line);
        Transmit(line);
        return line;
    }

    /// <summary>The device's next datagrams come from another port, as after a NAT's time-out.</summary>
    public void Rebind(FleetLine line)
    {
        line.Socket.Dispose();
        line.Socket = Open(line.Number);
    }

    /// <summary>Waits until something comes or is due, and handles it.</summary>
    /// <param name="limit">Not longer than this; rounded up to whole milliseconds.</param>
    public void Turn(TimeSpan limit)
    {
        var now = Clock.Now;
        var wait = _deadlines.Next is { } due && due - now < limit ? due - now : limit;
        var count = _epoll.Wait((int)Math.Ceiling(Math.Max(0, wait.TotalMilliseconds)));
        now = Clock.Now;
        for (var index = 0; index < count; index++)
        {
            if (_lines.TryGetValue(_epoll.Number(index), out var line))
            {
                Receive(now, line);
            }
        }

        while (_deadlines.TryTakeDue(now, out var late))
        {
            late.Device.HandleTimeout(now);
            Follow(late);
        }
    }

    /// <summary>A device to which something happened since it was last taken.</summary>
    public bool TryTakeChanged(out FleetLine line)
    {
        while (_changed.TryDequeue(out line!))
        {
            line.HasChanged = false;
            if (!line.IsOver)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Sends a request; false when it cannot be sent now.</summary>
    public bool TryBegin(FleetLine line, FleetRequest request)
    {
        if (!line.Device.TryBegin(Clock.Now, request))
        {
            return false;
        }

        Transmit(line);
        return true;
    }

    /// <summary>Ends a device: with close_notify if it is connected, or without a word, as if it had lost its power.</summary>
    public void Close(FleetLine line, bool vanish = false)
    {
        if (vanish)
        {
            line.Device.Connection.Abandon();
        }
        else
        {
            line.Device.Connection.Close();
            Transmit(line);
        }

        _deadlines.Set(line, null);
        _lines.Remove(line.Number);
        line.IsOver = true;
        line.Socket.Dispose();
    }

    public void Dispose()
    {
        foreach (var line in _lines.Values)
        {
            line.Socket.Dispose();
        }

        _epoll.Dispose();
    }

    private Socket Open(int number)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        try
        {
            socket.Connect(server);
            _epoll.Register(socket.Handle, number);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One datagram: the epoll is level-triggered and tells again of what is left.</summary>
    private void Receive(Instant now, FleetLine line)
    {
        var length = line.Socket.Receive(_buffer, SocketFlags.None, out var error);
        line.IsUnreachable = error == SocketError.ConnectionRefused;
        if (error == SocketError.Success)
        {
            line.Device.HandleDatagram(now, _buffer.AsSpan(0, length));
        }

        Follow(line);
    }

    private void Follow(FleetLine line)
    {
        Transmit(line);
        if (!line.HasChanged)
        {
            line.HasChanged = true;
            _changed.Enqueue(line);
        }
    }

    private void Transmit(FleetLine line)
    {
        while (line.Device.TryTakeTransmit(_buffer, out var length))
        {
            // What cannot be sent is lost, as datagrams are.
            line.Socket.Send(_buffer.AsSpan(0, length), SocketFlags.None, out var error);
            line.IsUnreachable = error == SocketError.ConnectionRefused;
        }

        _deadlines.Set(line, line.Device.NextDeadline);
    }
}
