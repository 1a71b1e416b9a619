using System.Net.Sockets;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Network;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>A device on a socket of its own, driven by whichever thread has many of them.</summary>
internal sealed class LoadDevice : IDisposable
{
    private readonly Socket _socket;
    private readonly BenchmarkDevice _device;
    private readonly byte[] _buffer;

    /// <param name="server">Where it connects to.</param>
    /// <param name="settings">Its certificate.</param>
    /// <param name="buffer">2,048 bytes; may be shared by the devices of one thread.</param>
    /// <param name="session">To be resumed.</param>
    public LoadDevice(ServerUnderTest server, DtlsSettings settings, byte[] buffer, DtlsSession? session = null)
    {
        _buffer = buffer;
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        _socket.Connect(server.EndPoint);
        _device = new BenchmarkDevice(settings, Clock.Now, session: session);
        Transmit();
    }

    public bool IsConnected => _device.IsConnected;

    public DtlsSession? Session => _device.Session;

    public bool IsResumed => _device.IsResumed;

    public string? Failure => _device.Failure;

    public bool IsClosed => _device.Connection.IsClosed;

    public CoapBridge.Coap.CoapCode? Answer => _device.Answer;

    /// <summary>When the request was sent that is under way (<see cref="System.Diagnostics.Stopwatch"/>).</summary>
    public long Sent { get; private set; }

    /// <summary>Takes in what has come; false when there was nothing.</summary>
    public bool Pump()
    {
        var any = false;
        while (_socket.Receive(_buffer, SocketFlags.None, out var error) is var length && error == SocketError.Success)
        {
            _device.HandleDatagram(Clock.Now, _buffer.AsSpan(0, length));
            any = true;
        }

        if (!any && !IsConnected && _device.NextDeadline <= Clock.Now)
        {
            _device.HandleTimeout(Clock.Now);
            any = true;
        }

        if (any)
        {
            Transmit();
        }

        return any;
    }

    public void Wait(int microseconds) => _socket.Poll(microseconds, SelectMode.SelectRead);

    public void Post(string path)
    {
        Sent = System.Diagnostics.Stopwatch.GetTimestamp();
        var length = _device.SealPost(path, _buffer);
        _socket.Send(_buffer.AsSpan(0, length), SocketFlags.None, out _);
    }

    public void Close()
    {
        _device.Connection.Close();
        Transmit();
    }

    public void Dispose() => _socket.Dispose();

    private void Transmit()
    {
        while (_device.TryTakeTransmit(_buffer, out var length))
        {
            _socket.Send(_buffer.AsSpan(0, length), SocketFlags.None, out _);
        }
    }
}
