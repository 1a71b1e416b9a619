using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Proof.Faults;

/// <summary>
/// The way between gateway and broker: passes bytes on until it is told to stop reading, to lose the connections, or to let none in.
/// </summary>
internal sealed class FaultyNetwork : IAsyncDisposable
{
    /// <summary>What the kernel may take in for a reader that does not read.</summary>
    private const int ReceiveBuffer = 32 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _broker;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Way> _ways = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private volatile bool _refuses;
    private volatile Flow _up = Flow.Open;
    private volatile Flow _down = Flow.Open;

    public FaultyNetwork(int broker)
    {
        _broker = broker;
        _listener.Server.ReceiveBufferSize = ReceiveBuffer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>How bytes of one direction are passed on.</summary>
    internal enum Flow
    {
        Open,

        /// <summary>A kilobyte now and then.</summary>
        Trickle,

        /// <summary>Nothing is read.</summary>
        Shut,
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>New connections are closed at once.</summary>
    public bool Refuses
    {
        set => _refuses = value;
    }

    /// <summary>From the gateway to the broker.</summary>
    public Flow Up
    {
        set => _up = value;
    }

    /// <summary>From the broker to the gateway.</summary>
    public Flow Down
    {
        set => _down = value;
    }

    /// <summary>Bytes of the gateway that the kernel holds because nobody reads them.</summary>
    public int Unread
    {
        get
        {
            lock (_gate)
            {
                return _ways.Sum(way => way.Unread);
            }
        }
    }

    /// <summary>Ends all connections: in order, or with an RST.</summary>
    public void Cut(bool resets)
    {
        lock (_gate)
        {
            foreach (var way in _ways)
            {
                way.Cut(resets);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut(true);
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var gateway = await _listener.AcceptSocketAsync(_stop.Token);
                _ = ServeAsync(gateway);
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                continue;
            }
        }
    }

    private async Task ServeAsync(Socket gateway)
    {
        var broker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        gateway.NoDelay = true;
        using var way = new Way(gateway, broker);
        if (_refuses)
        {
            return;
        }

        lock (_gate)
        {
            _ways.Add(way);
        }

        try
        {
            await broker.ConnectAsync(IPAddress.Loopback, _broker, way.Over);
            await Task.WhenAny(PassAsync(gateway, broker, () => _up, way.Over), PassAsync(broker, gateway, () => _down, way.Over));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            // The broker is not there.
        }
        finally
        {
            lock (_gate)
            {
                _ways.Remove(way);
            }
        }
    }

    private static async Task PassAsync(Socket from, Socket to, Func<Flow> flow, CancellationToken over)
    {
        var buffer = new byte[65_536];
        try
        {
            while (true)
            {
                while (flow() == Flow.Shut)
                {
                    await Task.Delay(10, over);
                }

                var room = flow() == Flow.Trickle ? 1_024 : buffer.Length;
                var length = await from.ReceiveAsync(buffer.AsMemory(0, room), SocketFlags.None, over);
                if (length == 0)
                {
                    return;
                }

                // What came just when it was shut waits here.
                while (flow() == Flow.Shut)
                {
                    await Task.Delay(10, over);
                }

                await to.SendAsync(buffer.AsMemory(0, length), SocketFlags.None, over);
                if (flow() == Flow.Trickle)
                {
                    await Task.Delay(20, over);
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private sealed class Way(Socket gateway, Socket broker) : IDisposable
    {
        private readonly CancellationTokenSource _over = new();

        public CancellationToken Over => _over.Token;

        public int Unread => gateway.Available;

        public void Cut(bool resets)
        {
            if (resets)
            {
                gateway.LingerState = broker.LingerState = new LingerOption(true, 0);
            }

            _over.Cancel();
        }

        public void Dispose()
        {
            gateway.Dispose();
            broker.Dispose();
        }
    }
}
