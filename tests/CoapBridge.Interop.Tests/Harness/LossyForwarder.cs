using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>
/// A NAT on a bad line, between one device and a server, on loopback: forwards datagrams, loses some of them, and may
/// change the address under which the server sees the device; what it forwards it can also record. What it loses depends on the seed and the order of the
/// datagrams of one direction only.
/// </summary>
internal sealed class LossyForwarder : IAsyncDisposable
{
    private readonly IPEndPoint _server;
    private readonly double _loss;
    private readonly PcapFile? _record;
    private readonly int _lostDown;
    private readonly Random _up;
    private readonly Random _down;
    private readonly Socket _inside = NewSocket();
    private readonly CancellationTokenSource _over = new();
    private readonly List<Task> _tasks = [];
    private Socket _outside = NewSocket();
    private EndPoint? _device;
    private int _lost;
    private int _passed;

    /// <param name="server">Where everything goes.</param>
    /// <param name="seed">Of what is lost.</param>
    /// <param name="loss">The chance of each datagram to be lost.</param>
    /// <param name="record">Gets all that is not lost.</param>
    /// <param name="lostDown">This one of the server's datagrams is lost too, counted from 1; 0: none.</param>
    public LossyForwarder(IPEndPoint server, int seed = 0, double loss = 0, PcapFile? record = null, int lostDown = 0)
    {
        _server = server;
        _loss = loss;
        _record = record;
        _lostDown = lostDown;
        _up = new Random(seed);
        _down = new Random(~seed);
        _tasks.Add(ForwardUpAsync());
        _tasks.Add(ForwardDownAsync(_outside));
    }

    /// <summary>Where the device goes.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_inside.LocalEndPoint!;

    /// <summary>Datagrams lost so far.</summary>
    public int Lost => Volatile.Read(ref _lost);

    /// <summary>Datagrams forwarded so far, either way.</summary>
    public int Passed => Volatile.Read(ref _passed);

    /// <summary>Bytes of the longest datagram that the device sent.</summary>
    public int LongestUp { get; private set; }

    /// <summary>Bytes of the longest datagram that the server sent.</summary>
    public int LongestDown { get; private set; }

    /// <summary>The longest fragment of a record that the server sent, as its header says (RFC 6347 §4.1), without those of tls12_cid.</summary>
    public int LongestFragmentDown { get; private set; }

    /// <summary>From now on the server sees the device at another port; what it sends to the old one is lost.</summary>
    public void Rebind()
    {
        var old = Interlocked.Exchange(ref _outside, NewSocket());
        old.Dispose();
        _tasks.Add(ForwardDownAsync(_outside));
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await Task.WhenAll(_tasks);
        _inside.Dispose();
        _outside.Dispose();
        _over.Dispose();
    }

    private static Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private Task ForwardUpAsync() => ReceiveAsync(_inside, _up, 0, (datagram, from) =>
    {
        _device = from;
        LongestUp = Math.Max(LongestUp, datagram.Length);
        _record?.Add(datagram.Span, PortOf(_outside), isUp: true);
        return _outside.SendToAsync(datagram, _server, _over.Token);
    });

    private Task ForwardDownAsync(Socket outside) => ReceiveAsync(outside, _down, _lostDown, (datagram, _) =>
    {
        LongestDown = Math.Max(LongestDown, datagram.Length);
        NoteFragments(datagram.Span);
        _record?.Add(datagram.Span, PortOf(outside), isUp: false);
        return _inside.SendToAsync(datagram, _device!, _over.Token);
    });

    private void NoteFragments(ReadOnlySpan<byte> datagram)
    {
        const int Header = 13, LengthAt = 11, Tls12Cid = 25;
        while (datagram.Length >= Header && datagram[0] != Tls12Cid)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(datagram[LengthAt..]);
            LongestFragmentDown = Math.Max(LongestFragmentDown, length);
            datagram = datagram[Math.Min(Header + length, datagram.Length)..];
        }
    }

    private async Task ReceiveAsync(Socket socket, Random luck, int lost, Func<Memory<byte>, EndPoint, ValueTask<int>> send)
    {
        var buffer = new byte[65536];
        var number = 0;
        while (true)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _over.Token);
                if (luck.NextDouble() < _loss || ++number == lost)
                {
                    Interlocked.Increment(ref _lost);
                    continue;
                }

                Interlocked.Increment(ref _passed);
                await send(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint);
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (!_over.IsCancellationRequested && socket.SafeHandle.IsClosed)
            {
                return;
            }
            catch (SocketException)
            {
                // Nobody listens there any more: a loss like others.
            }
        }
    }
}
