namespace CoapBridge.Mqtt.Session;

/// <summary>
/// Our Packet Identifiers (MQTT 5 §2.2.1): PUBLISH, SUBSCRIBE and UNSUBSCRIBE share them. Never zero, and never one that is in
/// use [MQTT-2.2.1-3]. The caps of their users are far below 65,535.
/// </summary>
internal sealed class PacketIdentifiers
{
    private readonly HashSet<ushort> _inUse = [];
    private ushort _last;

    public ushort Take()
    {
        do
        {
            _last++;
        }
        while (_last == 0 || !_inUse.Add(_last));

        return _last;
    }

    public void Free(ushort identifier) => _inUse.Remove(identifier);
}
