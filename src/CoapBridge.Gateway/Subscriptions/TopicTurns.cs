using CoapBridge.Relay;

namespace CoapBridge.Gateway.Subscriptions;

/// <summary>Whose turn it is to change a topic's retained message; the shards ask, each for one of its own at a time.</summary>
internal sealed class TopicTurns
{
    /// <summary>Topics of which the last change is remembered: long enough for its delivery to reach every shard.</summary>
    public const int MaximumWritten = 4_096;

    private readonly Dictionary<string, Queue<int>> _lines = []; // who has the turn comes first
    private readonly Dictionary<string, string> _written = [];
    private readonly Queue<string> _writtenOrder = new();
    private readonly Queue<(int Shard, TurnGrant Grant)> _grants = new();

    /// <summary>Topics that somebody has the turn of.</summary>
    public int Count => _lines.Count;

    public void Handle(in TurnRequest request)
    {
        if (!request.IsOver)
        {
            if (!_lines.TryGetValue(request.Topic, out var line))
            {
                _lines.Add(request.Topic, line = new Queue<int>(1));
            }

            line.Enqueue(request.Shard);
            if (line.Count == 1)
            {
                Grant(request.Topic, request.Shard);
            }
        }
        else if (_lines.TryGetValue(request.Topic, out var line))
        {
            Remember(request.Topic, request.Written);
            line.Dequeue();
            if (line.TryPeek(out var next))
            {
                Grant(request.Topic, next);
            }
            else
            {
                _lines.Remove(request.Topic);
            }
        }
    }

    public bool TryTake(out int shard, out TurnGrant grant)
    {
        var isThere = _grants.TryDequeue(out var next);
        (shard, grant) = next;
        return isThere;
    }

    private void Grant(string topic, int shard) => _grants.Enqueue((shard, new TurnGrant(topic, _written.GetValueOrDefault(topic))));

    private void Remember(string topic, string? written)
    {
        if (written is null)
        {
            _written.Remove(topic); // nobody waits for a change whose delivery may never come
            return;
        }

        if (!_written.ContainsKey(topic))
        {
            _writtenOrder.Enqueue(topic);
        }

        _written[topic] = written;
        while (_writtenOrder.Count > MaximumWritten)
        {
            _written.Remove(_writtenOrder.Dequeue());
        }
    }
}
