using CoapBridge.Wire;

namespace CoapBridge.Mqtt.Session;

/// <summary>
/// The QoS 1 and 2 messages that were sent and not acknowledged (MQTT 5 §4.3, §4.9), in the order of their sending. They are
/// Session State: a resumed session sends them again, in that order and with their identifiers [MQTT-4.4.0-1, MQTT-4.6.0-1].
/// </summary>
internal sealed class InFlightWindow(PacketIdentifiers identifiers)
{
    private readonly Dictionary<ushort, LinkedListNode<OutgoingPublish>> _byIdentifier = [];
    private readonly LinkedList<OutgoingPublish> _inOrder = [];
    private LinkedListNode<OutgoingPublish>? _nextUnsent;
    private int _quota, _sent;

    public int Count => _inOrder.Count;

    /// <summary>The server's Receive Maximum is reached [MQTT-3.3.4-7], or our own cap.</summary>
    public bool IsFull => _sent >= _quota;

    /// <summary>A connection begins: the send quota starts at the server's Receive Maximum (MQTT 5 §4.9), and everything kept is unsent.</summary>
    public void Open(ushort receiveMaximum)
    {
        _quota = Math.Min((int)receiveMaximum, MqttLimits.InFlight);
        _sent = 0;
        _nextUnsent = _inOrder.First;
        foreach (var publish in _inOrder)
        {
            publish.SentAt = null;
        }
    }

    /// <summary>Takes a place and an identifier; not to be called when full, or before everything kept was sent.</summary>
    public void Add(Instant now, OutgoingPublish publish)
    {
        publish.Identifier = identifiers.Take();
        publish.SentAt = now;
        _sent++;
        _byIdentifier.Add(publish.Identifier, _inOrder.AddLast(publish));
    }

    /// <summary>The next one to be sent again, if the quota lets it: a PUBREL always may [MQTT-4.9.0-3].</summary>
    public bool TryTakeUnsent(Instant now, out OutgoingPublish publish)
    {
        publish = _nextUnsent?.Value!;
        if (_nextUnsent is null || (IsFull && !publish.IsReceived))
        {
            return false;
        }

        _nextUnsent = _nextUnsent.Next;
        publish.SentAt = now;
        _sent++;
        return true;
    }

    public bool TryFind(ushort identifier, out OutgoingPublish publish)
    {
        var found = _byIdentifier.TryGetValue(identifier, out var node);
        publish = node?.Value!;
        return found;
    }

    /// <summary>It is acknowledged: the identifier is free [MQTT-4.3.2-3].</summary>
    public void Remove(OutgoingPublish publish)
    {
        if (!_byIdentifier.Remove(publish.Identifier, out var node))
        {
            return;
        }

        identifiers.Free(publish.Identifier);
        _nextUnsent = _nextUnsent == node ? node.Next : _nextUnsent;
        _sent -= publish.SentAt is null ? 0 : 1;
        _inOrder.Remove(node);
    }

    /// <summary>The oldest one, for giving up all of them in order.</summary>
    public bool TryRemoveOldest(out OutgoingPublish publish)
    {
        publish = _inOrder.First?.Value!;
        if (publish is null)
        {
            return false;
        }

        Remove(publish);
        return true;
    }

    /// <summary>Those that wait for an acknowledgement since <paramref name="time"/> or longer hold half of the window, or all of what is sent.</summary>
    public bool IsStalledSince(Instant time)
    {
        var stalled = 0;
        for (var node = _inOrder.First; node?.Value.SentAt <= time; node = node.Next)
        {
            stalled++;
        }

        return stalled > 0 && (stalled == _sent || stalled * 2 >= _quota);
    }

    /// <summary>In order, oldest first.</summary>
    public IEnumerable<OutgoingPublish> All => _inOrder;
}
