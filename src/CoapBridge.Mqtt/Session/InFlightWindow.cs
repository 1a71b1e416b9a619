namespace CoapBridge.Mqtt.Session;

/// <summary>
/// The QoS 1 messages that were sent and not acknowledged (MQTT 5 §4.3.2, §4.9), with their Packet Identifiers. It keeps
/// whole messages in the order of their sending, so that a resumed session can send them again [MQTT-4.4.0-1].
/// </summary>
internal sealed class InFlightWindow
{
    private readonly Dictionary<ushort, LinkedListNode<(ushort Identifier, OutgoingPublish Publish)>> _byIdentifier = [];
    private readonly LinkedList<(ushort Identifier, OutgoingPublish Publish)> _inOrder = [];
    private ushort _lastIdentifier;
    private int _quota;

    public int Count => _inOrder.Count;

    /// <summary>The server's Receive Maximum is reached [MQTT-3.3.4-7], or our own cap.</summary>
    public bool IsFull => Count >= _quota;

    /// <summary>A connection begins: the send quota starts at the server's Receive Maximum (MQTT 5 §4.9).</summary>
    public void Open(ushort receiveMaximum) => _quota = Math.Min((int)receiveMaximum, MqttLimits.InFlight);

    /// <summary>Takes a place and an identifier that is not zero and not in use [MQTT-2.2.1-3]; not to be called when full.</summary>
    public ushort Add(in OutgoingPublish publish)
    {
        do
        {
            _lastIdentifier++;
        }
        while (_lastIdentifier == 0 || _byIdentifier.ContainsKey(_lastIdentifier));

        _byIdentifier.Add(_lastIdentifier, _inOrder.AddLast((_lastIdentifier, publish)));
        return _lastIdentifier;
    }

    public bool Contains(ushort identifier) => _byIdentifier.ContainsKey(identifier);

    /// <summary>An acknowledgement of any code frees the identifier [MQTT-4.3.2-3]; an unknown one changes nothing.</summary>
    public bool TryRemove(ushort identifier, out OutgoingPublish publish)
    {
        if (!_byIdentifier.Remove(identifier, out var node))
        {
            publish = default;
            return false;
        }

        publish = node.Value.Publish;
        _inOrder.Remove(node);
        return true;
    }

    /// <summary>The oldest one, for giving up all of them in order.</summary>
    public bool TryRemoveOldest(out OutgoingPublish publish)
    {
        publish = default;
        return _inOrder.First is { } first && TryRemove(first.Value.Identifier, out publish);
    }
}
