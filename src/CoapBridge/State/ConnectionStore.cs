using System.Security.Cryptography;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Telemetry;
using CoapBridge.Wire;
using Microsoft.Extensions.Logging;

namespace CoapBridge.State;

/// <summary>
/// Keeps the connections over a restart: saves what the shards hand over, and gives it to the shards of the next run. What
/// cannot be used is thrown away and said in one line; it never keeps the gateway from starting or stopping.
/// </summary>
internal sealed class ConnectionStore(
    StateOptions options, ShardSettings settings, IEntropy entropy, GatewayMetrics metrics, ILogger log, Func<SystemTime> clock)
{
    /// <summary>Beyond this nothing is saved: a million connections are less.</summary>
    private const long MaximumLength = 1L << 30;

    private readonly StateFolder _folder = new(options.Directory);

    /// <summary>False when <c>State:MaxAge</c> is zero: nothing is saved or taken up.</summary>
    public bool IsOn => options.MaxAge > TimeSpan.Zero;

    /// <summary>Gives each connection that was saved to its shard; call it before anything is sent, once.</summary>
    public void TakeUp(IReadOnlyList<Shard> shards, ShardRouting routing)
    {
        if (!IsOn)
        {
            _folder.TryDiscard();
            return;
        }

        try
        {
            var taken = _folder.Take();
            _folder.MakeKey();
            if (taken is { } found)
            {
                TakeUp(found.File, found.Key, shards, routing);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.StateUnusable(log, options.Directory, exception.Message);
        }
    }

    /// <summary>Writes the connections; when that fails, what is left of the file is deleted.</summary>
    /// <param name="connections">Of all shards; erased.</param>
    public SaveOutcome Save(IReadOnlyList<byte[]> connections)
    {
        try
        {
            var length = SavedConnections.LengthOf(connections) + StateEnvelope.Overhead;
            if (length > MaximumLength)
            {
                throw new IOException($"{length} bytes are more than {MaximumLength}");
            }

            if (connections.Count > 0)
            {
                Write(connections, new byte[length]);
            }

            Log.ConnectionsSaved(log, connections.Count, connections.Count == 0 ? 0 : length);
            return SaveOutcome.Saved;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var isGone = _folder.TryDiscard();
            Log.ConnectionsNotSaved(log, exception.Message, isGone ? "closed" : "left");
            return isGone ? SaveOutcome.Failed : SaveOutcome.Unknown;
        }
        finally
        {
            foreach (var one in connections)
            {
                CryptographicOperations.ZeroMemory(one);
            }
        }
    }

    private void Write(IReadOnlyList<byte[]> connections, byte[] file)
    {
        var key = _folder.ReadKey();
        SavedConnections.Write(connections, StateEnvelope.ContentOf(file));
        StateEnvelope.Seal(key, clock(), file);
        CryptographicOperations.ZeroMemory(key);
        _folder.Write(file);
    }

    private void TakeUp(byte[] file, byte[]? key, IReadOnlyList<Shard> shards, ShardRouting routing)
    {
        var time = clock();
        var reason = key is null ? "no_key"
            : !StateEnvelope.TryOpen(key, file, out var saved, out var content) ? "unreadable"
            : time.Since(saved) is not { } age ? "from_the_future"
            : age > options.MaxAge ? "too_old"
            : Read(content, age, out var connections) is false ? "malformed"
            : Distribute(connections!, age, time.OfDay, shards, routing);
        CryptographicOperations.ZeroMemory(file);
        CryptographicOperations.ZeroMemory(key);
        if (reason is not null)
        {
            metrics.StateDiscarded.Add(1, new KeyValuePair<string, object?>("reason", reason));
            Log.ConnectionsDiscarded(log, reason);
        }
    }

    private bool Read(ReadOnlySpan<byte> content, TimeSpan age, out List<SavedConnection>? connections)
    {
        var now = Clock.Now;
        return SavedConnections.TryRead(content, settings, entropy, now - age, now, out connections);
    }

    private string? Distribute(
        List<SavedConnection> connections, TimeSpan age, DateTimeOffset time, IReadOnlyList<Shard> shards, ShardRouting routing)
    {
        // Signatures are checked again, so all processors take part.
        var verdicts = new PeerVerdict[connections.Count];
        Parallel.For(0, connections.Count, index => verdicts[index] = connections[index].Judge(settings.Generation.Dtls.Verifier, time));
        var dropped = 0;
        for (var index = 0; index < connections.Count; index++)
        {
            var word = shards[routing.OwnerOf(connections[index])].TakeUp(Clock.Now, connections[index], verdicts[index]);
            dropped += word is null ? 0 : 1;
            metrics.StateConnections.Add(1, new KeyValuePair<string, object?>("result", word ?? "taken_up"));
        }

        Log.ConnectionsTakenUp(log, connections.Count - dropped, dropped, (long)age.TotalSeconds);
        return null;
    }
}
