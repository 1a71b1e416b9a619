using System.Net.Sockets;
using System.Text.Json;
using CoapBridge.Outbox;
using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Control;

/// <summary>
/// Takes orders that change something: only from the gateway's own user and root, one at a time, a line of JSON each. Without it the
/// gateway serves its devices all the same.
/// </summary>
internal sealed class ControlDoor : IAsyncDisposable
{
    private const int MaximumLine = 65_536;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _listener;
    private readonly Func<OutboxRequest, bool> _post;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private ControlDoor(Socket listener, Func<OutboxRequest, bool> post, ILogger log)
    {
        _listener = listener;
        _post = post;
        _log = log;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Null, with a line in the log, when it cannot be opened.</summary>
    /// <param name="stateDirectory">Where.</param>
    /// <param name="post">Leaves an order for the outbox; false when there is no room.</param>
    /// <param name="log">For refusals.</param>
    public static ControlDoor? Open(string stateDirectory, Func<OutboxRequest, bool> post, ILogger log)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var path = ControlSocket.PathIn(stateDirectory);
        try
        {
            return new ControlDoor(ControlSocket.Listen(path), post, log);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.ControlUnusable(log, path, exception.Message);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose(); // which removes its file
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var connection = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                await ServeAsync(connection).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // Whoever it was is gone, or we stop.
            }
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        var user = ControlSocket.UserOf(connection);
        if (!ControlSocket.IsAllowed(user))
        {
            Log.ControlRefused(_log, user);
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(Patience);
        await using var stream = new NetworkStream(connection);
        var answer = await ObeyAsync(await ReadLineAsync(stream, limit.Token).ConfigureAwait(false), limit.Token).ConfigureAwait(false);
        await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(answer, ControlJson.Default.OutboxAnswer), (byte)'\n'], limit.Token).ConfigureAwait(false);
    }

    private async Task<OutboxAnswer> ObeyAsync(ReadOnlyMemory<byte> line, CancellationToken limit)
    {
        try
        {
            var order = JsonSerializer.Deserialize(line.Span, ControlJson.Default.OutboxOrder);
            var request = new OutboxRequest(order is not null && Enum.IsDefined(order.Action) ? order : throw new JsonException("there is no such order"));
            return _post(request) ? await request.Answer.WaitAsync(limit).ConfigureAwait(false) : new OutboxAnswer(0, 0, "the gateway has too much to do; try again");
        }
        catch (JsonException exception)
        {
            return new OutboxAnswer(0, 0, $"not understood, which happens when the gateway that runs is of another version: {exception.Message}");
        }
    }

    /// <summary>What comes before the first end of line, or before the end.</summary>
    /// <exception cref="IOException">It is too long.</exception>
    private static async Task<ReadOnlyMemory<byte>> ReadLineAsync(NetworkStream stream, CancellationToken limit)
    {
        var line = new byte[MaximumLine];
        var length = 0;
        while (length < line.Length)
        {
            var read = await stream.ReadAsync(line.AsMemory(length), limit).ConfigureAwait(false);
            var end = Array.IndexOf(line, (byte)'\n', length, read);
            if (end >= 0 || read == 0)
            {
                return line.AsMemory(0, end >= 0 ? end : length);
            }

            length += read;
        }

        throw new IOException("the line is too long");
    }
}
