using CoapBridge.Gateway;
using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Relay;
using CoapBridge.Shards;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

/// <summary>
/// Moves bytes between the <see cref="BrokerLink"/> and its TLS connection. One task owns both; connecting, reading and
/// writing go on beside it and only leave their results. Writing never holds up time-outs or receipts.
/// </summary>
internal sealed class BrokerDriver : IAsyncDisposable
{
    private const int PublishCapacity = 16_384;
    private const int BufferLength = 64 * 1024;
    private static readonly TimeSpan _lastWords = TimeSpan.FromMilliseconds(500);

    private readonly BrokerLink _link;
    private readonly BrokerTransport _transport;
    private readonly BrokerEventLog _events;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly byte[] _readBuffer = new byte[BufferLength];
    private readonly byte[] _writeBuffer = new byte[BufferLength];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ShardGroup? _shards;
    private Task? _running;
    private BrokerConnection? _connection;
    private Task<(BrokerConnection? Connection, BrokerFault? Fault)>? _connecting;
    private Task<int>? _reading;
    private Task? _writing;
    private TimeSpan? _drainLimit;

    public BrokerDriver(BrokerLink link, BrokerTransport transport, BrokerEventLog events)
    {
        _link = link;
        _transport = transport;
        _events = events;
        Publishes = new Inbox<Publish>(PublishCapacity, Signal);
    }

    /// <summary>Where shards leave their messages.</summary>
    public Inbox<Publish> Publishes { get; }

    /// <summary>Ends with an exception when there is a bug of ours.</summary>
    public Task Running => _running ?? Task.CompletedTask;

    public void Start(ShardGroup shards)
    {
        _shards = shards;
        _running = Task.Run(RunTellingAsync);
    }

    /// <summary>Waits for what is open, then says DISCONNECT.</summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        _drainLimit = limit;
        Signal();
        await Task.WhenAny(_drained.Task, Running, Task.Delay(limit + TimeSpan.FromSeconds(1))).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Signal();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CloseAsync().ConfigureAwait(false);
        _stop.Dispose();
        _signal.Dispose();
    }

    private void Signal()
    {
        try
        {
            _signal.Release();
        }
        catch (ObjectDisposedException)
        {
            // Stopped: nobody waits any more.
        }
    }

    /// <summary>A bug of ours here ends the process; the log must say which.</summary>
    private async Task RunTellingAsync()
    {
        try
        {
            await RunAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _shards!.OnFault(exception, "broker", null);
            throw;
        }
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await WaitAsync().ConfigureAwait(false);
            var now = Clock.Now;
            await FinishConnectAsync(now).ConfigureAwait(false);
            await FinishReadAsync(now).ConfigureAwait(false);
            await FinishWriteAsync(now).ConfigureAwait(false);
            TakePublishes(now);
            _link.HandleTimeout(now);
            BeginDrain(now);
            BeginWrite(now);
            await FollowLinkAsync(now).ConfigureAwait(false);
            TakeOutputs(now);
        }
    }

    /// <summary>Until something was left here or a deadline has come; one signal stands for all that came before it.</summary>
    private async Task WaitAsync()
    {
        var wait = _link.NextDeadline is { } deadline ? deadline - Clock.Now : Timeout.InfiniteTimeSpan;
        if (wait < TimeSpan.Zero && wait != Timeout.InfiniteTimeSpan)
        {
            wait = TimeSpan.Zero;
        }

        if (_link.WantsConnection)
        {
            wait = TimeSpan.Zero;
        }

        await _signal.WaitAsync(wait).ConfigureAwait(false);
        while (_signal.CurrentCount > 0 && await _signal.WaitAsync(0).ConfigureAwait(false))
        {
        }
    }

    private async Task FinishConnectAsync(Instant now)
    {
        if (_connecting is not { IsCompleted: true } connecting)
        {
            return;
        }

        _connecting = null;
        var (connection, fault) = await connecting.ConfigureAwait(false);
        if (connection is null)
        {
            _events.CouldNotConnect(fault!);
            _link.HandleConnectFailed(now, CauseOf(fault!));
            return;
        }

        _connection = connection;
        _events.Secured(connection);
        _link.HandleConnected(now);
        BeginRead();
    }

    private void BeginRead()
    {
        _reading = _connection!.Stream.ReadAsync(_readBuffer, _stop.Token).AsTask();
        SignalAfter(_reading);
    }

    private async Task FinishReadAsync(Instant now)
    {
        if (_reading is not { IsCompleted: true } reading)
        {
            return;
        }

        _reading = null;
        try
        {
            var length = await reading.ConfigureAwait(false);
            if (length > 0)
            {
                _link.HandleReceived(now, _readBuffer.AsSpan(0, length));
                BeginRead();
                return;
            }

            await LoseAsync(now, null).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsTransportFault(exception))
        {
            await LoseAsync(now, exception).ConfigureAwait(false);
        }
    }

    private void BeginWrite(Instant now)
    {
        if (_writing is not null || _connection is null)
        {
            return;
        }

        var length = 0;
        while (length < _writeBuffer.Length && _link.TryTakeTransmit(now, _writeBuffer.AsSpan(length), out var taken))
        {
            length += taken;
        }

        if (length > 0)
        {
            _writing = _connection.Stream.WriteAsync(_writeBuffer.AsMemory(0, length), _stop.Token).AsTask();
            SignalAfter(_writing);
        }
    }

    private async Task FinishWriteAsync(Instant now)
    {
        if (_writing is not { IsCompleted: true } writing)
        {
            return;
        }

        _writing = null;
        try
        {
            await writing.ConfigureAwait(false);
        }
        catch (Exception exception) when (IsTransportFault(exception))
        {
            // Its last words may still be unread: under TLS 1.3 the alert that refuses our certificate.
            await Task.WhenAny(_reading ?? Task.CompletedTask, Task.Delay(_lastWords)).ConfigureAwait(false);
            await FinishReadAsync(now).ConfigureAwait(false);
            if (_connection is not null)
            {
                await LoseAsync(now, exception).ConfigureAwait(false);
            }
        }
    }

    private void TakePublishes(Instant now)
    {
        while (Publishes.TryTake(out var publish))
        {
            _link.HandlePublish(now, publish);
        }
    }

    private void BeginDrain(Instant now)
    {
        if (_drainLimit is { } limit)
        {
            _drainLimit = null;
            _link.BeginDrain(now, limit);
        }
    }

    /// <summary>Opens or closes the transport as the link asks.</summary>
    private async Task FollowLinkAsync(Instant now)
    {
        if (_link.MustClose && _writing is null && _connection is not null)
        {
            await LoseAsync(now, null).ConfigureAwait(false);
        }

        if (_link.TryTakeConnect())
        {
            _connecting = _transport.ConnectAsync(_stop.Token);
            SignalAfter(_connecting);
        }

        if (_link.IsDrained)
        {
            _drained.TrySetResult();
        }
    }

    private void TakeOutputs(Instant now)
    {
        while (_link.TryTakeStatus(out var status))
        {
            _events.StatusChanged(status);
            _shards!.PostToAll(ShardMail.Of(status));
        }

        while (_link.TryTakeReceipt(out var shard, out var receipt))
        {
            _events.Received(receipt);
            _shards!.Loops[shard].TryPost(ShardMail.Of(receipt));
        }

        while (_link.TryTakeEvent(out var what))
        {
            _events.Write(now, what);
        }
    }

    private async Task LoseAsync(Instant now, Exception? exception)
    {
        var cause = ReconnectCause.Unreachable;
        if (exception is not null)
        {
            var fault = BrokerTransport.Explain(exception);
            cause = CauseOf(fault);
            _events.CouldNotConnect(fault);
        }

        await CloseAsync().ConfigureAwait(false);
        _link.HandleDisconnected(now, cause);
    }

    private async Task CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);

            // What was under way fails now; nobody wants to know how.
            await Task.WhenAll(_reading ?? Task.CompletedTask, _writing ?? Task.CompletedTask)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _reading = null;
            _writing = null;
        }
    }

    private void SignalAfter(Task task) =>
        task.ContinueWith(_ => Signal(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static bool IsTransportFault(Exception exception) =>
        exception is IOException or OperationCanceledException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException or InvalidOperationException;

    private static ReconnectCause CauseOf(BrokerFault fault) => fault.Reason switch
    {
        BrokerFaultReason.BrokerRefused => ReconnectCause.Untrusted,
        BrokerFaultReason.TlsRefused => ReconnectCause.Refused,
        _ => ReconnectCause.Unreachable,
    };
}
