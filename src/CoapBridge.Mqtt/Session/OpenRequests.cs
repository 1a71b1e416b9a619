using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Mqtt.Session;

/// <summary>SUBSCRIBE and UNSUBSCRIBE packets that wait for their acknowledgement. They end with the connection.</summary>
internal sealed class OpenRequests(PacketIdentifiers identifiers)
{
    private readonly Dictionary<ushort, (PacketType Answer, ulong Ticket, int Filters)> _open = [];

    public bool IsFull => _open.Count >= MqttLimits.OpenRequests;

    public bool Any => _open.Count > 0;

    /// <summary>Keeps a request until its answer, SUBACK or UNSUBACK, and gives it an identifier.</summary>
    public ushort Add(PacketType answer, ulong ticket, int filters)
    {
        var identifier = identifiers.Take();
        _open.Add(identifier, (answer, ticket, filters));
        return identifier;
    }

    /// <summary>
    /// The answer must be of its request's type and have a code for each filter [MQTT-3.9.3-1, MQTT-3.11.3-1]; null codes: it is
    /// of a kind that has none.
    /// </summary>
    public bool TryClose(PacketType answer, ushort identifier, int? codes, out ulong ticket)
    {
        ticket = 0;
        if (!_open.TryGetValue(identifier, out var request) || request.Answer != answer || (codes ?? request.Filters) != request.Filters)
        {
            return false;
        }

        ticket = request.Ticket;
        _open.Remove(identifier);
        identifiers.Free(identifier);
        return true;
    }

    public void Clear()
    {
        foreach (var identifier in _open.Keys)
        {
            identifiers.Free(identifier);
        }

        _open.Clear();
    }
}
