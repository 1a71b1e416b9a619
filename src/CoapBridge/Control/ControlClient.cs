using System.Net.Sockets;
using System.Text.Json;
using CoapBridge.Outbox;
using CoapBridge.Relay;

namespace CoapBridge.Control;

/// <summary>Gives an order to the gateway that runs.</summary>
internal static class ControlClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Its answer; null when no gateway runs with this state directory.</summary>
    /// <exception cref="IOException">There is one, but it cannot be talked with.</exception>
    public static async Task<OutboxAnswer?> AskAsync(string stateDirectory, OutboxOrder order, CancellationToken stop)
    {
        using var socket = ControlSocket.TryConnect(ControlSocket.PathIn(stateDirectory));
        if (socket is null)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(order, ControlJson.Default.OutboxOrder), (byte)'\n'], limit.Token).ConfigureAwait(false);
            using var reader = new StreamReader(stream);
            var line = await reader.ReadLineAsync(limit.Token).ConfigureAwait(false);
            return line is null
                ? throw new IOException("the gateway closed the connection without an answer; its log says why")
                : JsonSerializer.Deserialize(line, ControlJson.Default.OutboxAnswer);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new IOException("the gateway does not answer; its log may say why");
        }
        catch (JsonException exception)
        {
            throw new IOException($"the gateway's answer is not understood: {exception.Message}", exception);
        }
    }
}
