using System.Diagnostics.CodeAnalysis;
using System.Security.Authentication;
using CoapBridge.Network;

namespace CoapBridge.Upstream;

/// <summary>
/// Reading from and writing to one connection, each at most once at a time, without waiting for either. What is done is
/// picked up by the owner, who is woken.
/// </summary>
internal sealed class BrokerTransfer(BrokerConnection connection, UpstreamTask owner) : IAsyncDisposable
{
    private const int BufferLength = 64 * 1024;

    private readonly byte[] _readBuffer = new byte[BufferLength];
    private readonly byte[] _writeBuffer = new byte[BufferLength];
    private Task<int>? _reading;
    private Task? _writing;

    public bool IsWriting => _writing is not null;

    /// <summary>Room for what is to be written next, while nothing is being written.</summary>
    public Span<byte> WriteBuffer => _writeBuffer;

    public void BeginRead()
    {
        _reading = connection.Stream.ReadAsync(_readBuffer, owner.Stopping).AsTask();
        owner.WakeAfter(_reading);
    }

    /// <summary>True when the reading under way has ended: with bytes, with none at the end of the stream, or with a fault.</summary>
    public bool TryFinishRead(out ReadOnlySpan<byte> bytes, out Exception? fault)
    {
        bytes = default;
        if (!TryFinish(_reading, out fault))
        {
            return false;
        }

        bytes = fault is null ? _readBuffer.AsSpan(0, _reading!.Result) : default;
        _reading = null;
        return true;
    }

    /// <summary>Until the reading under way has ended, or not longer than the limit.</summary>
    public Task WaitForReadAsync(TimeSpan limit) => Task.WhenAny(_reading ?? Task.CompletedTask, Task.Delay(limit, owner.Stopping));

    /// <param name="length">Bytes of <see cref="WriteBuffer"/>.</param>
    public void BeginWrite(int length)
    {
        _writing = connection.Stream.WriteAsync(_writeBuffer.AsMemory(0, length), owner.Stopping).AsTask();
        owner.WakeAfter(_writing);
    }

    /// <summary>True when the writing under way has ended.</summary>
    public bool TryFinishWrite(out Exception? fault)
    {
        if (!TryFinish(_writing, out fault))
        {
            return false;
        }

        _writing = null;
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync().ConfigureAwait(false);

        // What was under way fails now; nobody wants to know how.
        await Task.WhenAll(_reading ?? Task.CompletedTask, _writing ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static bool TryFinish([NotNullWhen(true)] Task? task, out Exception? fault)
    {
        fault = null;
        if (task is not { IsCompleted: true })
        {
            return false;
        }

        fault = task.IsCanceled ? new OperationCanceledException() : task.Exception?.GetBaseException();
        if (fault is not (null or IOException or OperationCanceledException or ObjectDisposedException or AuthenticationException
            or System.Net.Sockets.SocketException or InvalidOperationException))
        {
            throw new InvalidOperationException("The connection to the broker failed in an unknown way.", fault);
        }

        return true;
    }
}
