using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;

namespace CoapBridge.Simulation;

// How the gateway ends, and another one goes on with its connections.
public sealed partial class Scenario
{
    /// <summary>What became of each saved connection at the last restart: null, or why it was dropped.</summary>
    public List<string?> TakenUp { get; } = [];

    /// <summary>Answers what is open, saves the connections, is away for a while, and goes on with them.</summary>
    /// <param name="shards">Of the new run.</param>
    /// <param name="absence">What comes in this time is lost.</param>
    /// <param name="change">May tamper with the bytes.</param>
    public void Restart(int shards, TimeSpan absence, Func<byte[], byte[]>? change = null)
    {
        var saved = Stop();
        RunFor(absence);
        Start(shards, change?.Invoke(saved) ?? saved, absence);
    }

    /// <summary>A handover until nothing is open; the result is all connections.</summary>
    public byte[] Stop()
    {
        foreach (var shard in _shards)
        {
            shard.BeginHandover(Now, TimeSpan.FromSeconds(6));
        }

        Outbox.BeginDrain(Now);

        Expect(() => _shards.All(shard => shard.IsReadyToSave), TimeSpan.FromSeconds(7), "ready to save");
        var connections = _shards.SelectMany(shard => shard.Save(Now)).ToList();
        var bytes = new byte[SavedConnections.LengthOf(connections)];
        SavedConnections.Write(connections, bytes);
        return bytes;
    }

    /// <summary>A new gateway; false when it could not use the bytes.</summary>
    public bool Start(int shards, byte[] saved, TimeSpan absence)
    {
        Broker.Close();
        Link = CreateLink();
        _routing = new ShardRouting(shards, _settings.ConnectionIdLength, _entropy);
        _shards = CreateShards(shards);
        CommandDesk = CreateDesk(shards);
        Outbox = CreateOutbox(shards);
        Sessions = new SessionStore(_settings.Sessions);
        TakenUp.Clear();
        var settings = ShardSettingsOf(0, shards);
        var isGood = SavedConnections.TryRead(saved, settings, _entropy, Now - absence, Now, out var connections);
        foreach (var one in connections ?? [])
        {
            var verdict = one.Judge(DeviceVerifier, TimeOfDay);
            TakenUp.Add(_shards[_routing.OwnerOf(one)].TakeUp(Now, one, verdict));
        }

        Settle();
        return isGood;
    }
}
