namespace CoapBridge.Mqtt.Session;

/// <summary>
/// The QoS 1 and 2 messages that the server sent and that are not answered. Their owners accept them in any order; the
/// answers go out in the order of the messages [MQTT-4.6.0-2, MQTT-4.6.0-3]. A QoS 2 identifier is kept until PUBREL, over
/// connections too, so that what is sent twice is handed on once [MQTT-4.3.3-10].
/// </summary>
internal sealed class InboundWindow
{
    private readonly Queue<Message> _inOrder = new();
    private readonly Dictionary<ulong, Message> _byHandle = [];
    private readonly Dictionary<ushort, Message> _exactlyOnce = [];
    private ulong _lastHandle;
    private int _connection;

    /// <summary>Places of our Receive Maximum that are taken on this connection: messages without PUBACK, PUBCOMP or a failing PUBREC.</summary>
    public int Count { get; private set; }

    /// <summary>A QoS 2 message with this identifier came, and no PUBREL after it.</summary>
    public bool Knows(ushort identifier) => _exactlyOnce.ContainsKey(identifier);

    /// <summary>Takes a message in; false when it is a QoS 2 message that is known already, and must not be handed on again.</summary>
    public bool TryAdd(ushort identifier, QualityOfService quality, out ulong handle)
    {
        handle = 0;
        if (quality == QualityOfService.ExactlyOnce && _exactlyOnce.TryGetValue(identifier, out var known))
        {
            Enqueue(known);
            return false;
        }

        var message = new Message(++_lastHandle, identifier, quality, _connection);
        handle = message.Handle;
        _byHandle.Add(handle, message);
        if (quality == QualityOfService.ExactlyOnce)
        {
            _exactlyOnce.Add(identifier, message);
        }

        Count++;
        Enqueue(message);
        return true;
    }

    /// <summary>Its owner has it, or throws it away; a handle of a connection that is gone changes nothing.</summary>
    public void Accept(ulong handle, MqttReasonCode reason)
    {
        if (_byHandle.Remove(handle, out var message))
        {
            message.Answer = reason;
        }
    }

    /// <summary>The next message that can be answered, with PUBACK or PUBREC.</summary>
    public bool TryTakeAnswer(out ushort identifier, out QualityOfService quality, out MqttReasonCode reason)
    {
        (identifier, quality, reason) = (0, default, default);
        if (!_inOrder.TryPeek(out var message) || message.Answer is not { } answer)
        {
            return false;
        }

        _inOrder.Dequeue();
        message.IsQueued = false;
        (identifier, quality, reason) = (message.Identifier, message.QualityOfService, answer);
        if (quality == QualityOfService.AtLeastOnce)
        {
            Count--;
        }
        else if (answer.IsFailure())
        {
            TryRelease(identifier);
        }

        return true;
    }

    /// <summary>PUBREL: the identifier may come again for another message; false when it was not known.</summary>
    public bool TryRelease(ushort identifier)
    {
        if (!_exactlyOnce.Remove(identifier, out var message))
        {
            return false;
        }

        _byHandle.Remove(message.Handle);
        Count -= message.Connection == _connection ? 1 : 0;
        return true;
    }

    /// <summary>The connection is gone: the server sends again what has no answer. Only what belongs to QoS 2 is kept.</summary>
    public void HandleConnectionLost()
    {
        foreach (var message in _inOrder)
        {
            message.IsQueued = false;
            if (message.QualityOfService == QualityOfService.AtLeastOnce)
            {
                _byHandle.Remove(message.Handle);
            }
        }

        _inOrder.Clear();
        _connection++;
        Count = 0;
    }

    /// <summary>The session is gone as well.</summary>
    public void HandleSessionLost()
    {
        HandleConnectionLost();
        _byHandle.Clear();
        _exactlyOnce.Clear();
    }

    private void Enqueue(Message message)
    {
        if (!message.IsQueued)
        {
            message.IsQueued = true;
            _inOrder.Enqueue(message);
        }
    }

    private sealed class Message(ulong handle, ushort identifier, QualityOfService quality, int connection)
    {
        public ulong Handle { get; } = handle;

        public ushort Identifier { get; } = identifier;

        public QualityOfService QualityOfService { get; } = quality;

        /// <summary>On which it takes a place of our Receive Maximum.</summary>
        public int Connection { get; } = connection;

        /// <summary>Null until its owner has accepted it.</summary>
        public MqttReasonCode? Answer { get; set; }

        /// <summary>It waits for its turn to be answered.</summary>
        public bool IsQueued { get; set; }
    }
}
