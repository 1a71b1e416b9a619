using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Network;

namespace CoapBridge.Tools.Device;

/// <summary>
/// A device on a real UDP socket: one DTLS connection and the CoAP endpoint over it. One task owns both; everything else
/// (datagrams, deadlines, requests) reaches it as work through a bounded channel. For any number of callers at once.
/// </summary>
public sealed class DeviceClient : IAsyncDisposable
{
    private const int Backlog = 256;
    private const int DatagramBuffer = 2048;
    private readonly DeviceSettings _settings;
    private readonly Socket _socket;
    private readonly DeviceLine _line;
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<Action> _work = Channel.CreateBounded<Action>(new BoundedChannelOptions(Backlog) { SingleReader = true });
    private readonly Timer _alarm;
    private Task _running = Task.CompletedTask;

    private DeviceClient(DeviceSettings settings, Socket socket)
    {
        _settings = settings;
        _socket = socket;
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        _line = new DeviceLine(settings, LocalEndPoint, Clock.Now);
        _alarm = new Timer(_ => _work.Writer.TryWrite(() => _line.HandleTimeout(Clock.Now)));
    }

    /// <summary>Our end: what the gateway's log calls <c>peer</c>.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>For <see cref="DeviceSettings.Session"/> of a later client; null when the gateway keeps none.</summary>
    public DtlsSession? Session => _line.Session;

    /// <summary>The handshake was an abbreviated one (RFC 5246 §7.3).</summary>
    public bool IsResumed => _line.IsResumed;

    /// <summary>Completes when the connection is over, by whichever side; never fails.</summary>
    public Task Ended => _running;

    /// <summary>Does a handshake; an abbreviated one if there is a session and the gateway still has it.</summary>
    /// <exception cref="DeviceConnectionException">There is no connection; it says why.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left behind.</exception>
    public static async Task<DeviceClient> ConnectAsync(DeviceSettings settings, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var socket = new Socket(settings.Server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            await socket.ConnectAsync(settings.Server, cancellation);
        }
        catch (Exception failed)
        {
            socket.Dispose();
            if (failed is not SocketException)
            {
                throw;
            }

            throw new DeviceConnectionException("unreachable", $"there is no way to {settings.Server}: {failed.Message}");
        }

        var client = new DeviceClient(settings, socket);
        client._running = Task.WhenAll(client.OwnAsync(), client.ReceiveAsync());
        try
        {
            await client._connected.Task.WaitAsync(cancellation);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Sends a request and waits for its response: in the ACK, or separate after an empty ACK. How long that may take is
    /// the caller's choice; CoAP gives up on a CON without ACK after 93 s at most (RFC 7252 §4.8.2).
    /// </summary>
    /// <exception cref="DeviceConnectionException">There will be no response; it says why.</exception>
    public async Task<DeviceResponse> RequestAsync(DeviceRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var answer = new TaskCompletionSource<DeviceResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _work.Writer.WriteAsync(() => _line.Begin(Clock.Now, request, answer), cancellation);
        }
        catch (ChannelClosedException)
        {
            throw _line.Failure();
        }

        return await answer.Task.WaitAsync(cancellation);
    }

    /// <summary>
    /// Observes a resource (RFC 7641): its state now, and each that follows. It ends when the gateway says so, by an answer
    /// without Observe or an error, which is the last; or when the caller stops, which the gateway is told.
    /// </summary>
    /// <exception cref="DeviceConnectionException">There will be no more; it says why.</exception>
    public async IAsyncEnumerable<DeviceResponse> ObserveAsync(
        DeviceRequest request, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var told = Channel.CreateUnbounded<DeviceResponse>();
        try
        {
            await _work.Writer.WriteAsync(() => _line.Observe(Clock.Now, request, told.Writer), cancellation);
        }
        catch (ChannelClosedException)
        {
            throw _line.Failure();
        }

        try
        {
            await foreach (var response in told.Reader.ReadAllAsync(cancellation))
            {
                yield return response;
            }
        }
        finally
        {
            _work.Writer.TryWrite(() => _line.EndObservation(Clock.Now, told.Writer));
        }
    }

    /// <summary>Says close_notify (RFC 5246 §7.2.1) and ends; requests under way fail. Safe to call more than once.</summary>
    public async Task CloseAsync()
    {
        try
        {
            await _work.Writer.WriteAsync(_line.Close);
        }
        catch (ChannelClosedException)
        {
            // It is over already.
        }

        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _alarm.DisposeAsync();
        _socket.Dispose();
        _over.Dispose();
    }

    private async Task OwnAsync()
    {
        try
        {
            Follow();
            while (!_line.IsOver)
            {
                (await _work.Reader.ReadAsync())();
                Follow();
            }
        }
        catch (Exception bug)
        {
            _line.HandleBug(bug);
        }

        await EndAsync();
    }

    /// <summary>Sends what the engines have, tells what happened, and sets the alarm to the next deadline.</summary>
    private void Follow()
    {
        var buffer = new byte[DatagramBuffer];
        while (_line.TryTakeTransmit(Clock.Now, buffer, out var length))
        {
            // Errors of UDP are losses, but for "port unreachable", which a receive reports as well.
            _socket.Send(buffer.AsSpan(0, length), SocketFlags.None, out var error);
            if (error == SocketError.ConnectionRefused)
            {
                _line.HandleUnreachable();
            }
        }

        if (_line.IsConnected)
        {
            _connected.TrySetResult();
        }

        if (_line.NextDeadline is { } deadline)
        {
            var wait = deadline - Clock.Now;
            _alarm.Change(TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 0, int.MaxValue)), Timeout.InfiniteTimeSpan);
        }
    }

    private async Task EndAsync()
    {
        _work.Writer.TryComplete();
        while (_work.Reader.TryRead(out var late))
        {
            // Only requests matter now; each fails at once.
            late();
        }

        _connected.TrySetException(_line.Failure());
        _ = _connected.Task.Exception;
        await _over.CancelAsync();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[DatagramBuffer];
        while (!_over.IsCancellationRequested)
        {
            try
            {
                var length = await _socket.ReceiveAsync(buffer, SocketFlags.None, _over.Token);
                var datagram = buffer.AsSpan(0, length).ToArray();
                await _work.Writer.WriteAsync(() => _line.HandleDatagram(Clock.Now, datagram), _over.Token);
            }
            catch (SocketException error)
            {
                if (error.SocketErrorCode == SocketError.ConnectionRefused)
                {
                    _work.Writer.TryWrite(_line.HandleUnreachable);
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or ChannelClosedException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
