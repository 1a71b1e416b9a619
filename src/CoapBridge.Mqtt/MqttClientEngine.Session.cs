namespace CoapBridge.Mqtt;

// Where a session begins and ends (MQTT 5 §4.1).
public sealed partial class MqttClientEngine
{
    /// <summary>
    /// Before the first connection: the server may still have the session of an earlier run, whose subscriptions are known
    /// and will be wanted again. Without this the first connection begins with Clean Start.
    /// </summary>
    public void TakeUpSession() => _hasSession = _options.SessionExpiry > TimeSpan.Zero;

    /// <summary>The Session State (MQTT 5 §4.1) is of no use any more.</summary>
    private void ForgetSession()
    {
        _hasSession = false;
        _inbound.HandleSessionLost();
        while (_inFlight.TryRemoveOldest(out var publish))
        {
            _outstandingBytes -= publish.Size;
            if (!publish.IsReceived)
            {
                _events.Enqueue(new MqttEvent(MqttEventKind.PublishLost, publish.Ticket));
            }
        }
    }
}
