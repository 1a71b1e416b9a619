using CoapBridge.Mqtt.Packets;
using CoapBridge.Wire;

namespace CoapBridge.Mqtt;

/// <summary>SUBSCRIBE, UNSUBSCRIBE and their acknowledgements (MQTT 5 §3.8 to §3.11).</summary>
public sealed partial class MqttClientEngine
{
    /// <summary>Property identifiers, lengths and options of a packet with one filter, generously.</summary>
    private const int RequestRoom = 32;

    /// <summary>A SUBSCRIBE or UNSUBSCRIBE may be sent now; otherwise ask again after the next acknowledgement or bytes taken.</summary>
    public bool MayRequest => _phase == Phase.Connected && !_requests.IsFull && _transmit.Pending < MqttLimits.TransmitBytes;

    /// <summary>The server sends with each message the identifiers of the subscriptions that it is for.</summary>
    public bool OffersSubscriptionIdentifiers => _server.SubscriptionIdentifierAvailable;

    /// <summary>A Topic Filter (MQTT 5 §4.7.1) of at most <see cref="MqttLimits.FilterLevels"/> levels, and not one of the server's own ($…) but those allowed.</summary>
    public bool IsFilter(string filter) => TopicFilter.MaySend(filter, _options.ServerTopics);

    /// <summary>
    /// Success, or why the filter cannot be asked for: 0x8F (not a filter, or one that begins with '$'), 0xA2 (no wildcards with
    /// this server), 0x95 (too long for a packet).
    /// </summary>
    public MqttReasonCode CheckFilter(string filter)
    {
        if (!IsFilter(filter))
        {
            return MqttReasonCode.TopicFilterInvalid;
        }

        if (!_server.WildcardSubscriptionAvailable && TopicName.HasWildcard(filter))
        {
            return MqttReasonCode.WildcardSubscriptionsNotSupported;
        }

        return SizeOf(filter) + RequestRoom > (_server.MaximumPacketSize ?? uint.MaxValue) ? MqttReasonCode.PacketTooLarge : MqttReasonCode.Success;
    }

    /// <summary>
    /// Sends one SUBSCRIBE with as many filters from the front as fit, at least one; each must have passed
    /// <see cref="CheckFilter"/>, and <see cref="MayRequest"/> must be true.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="ticket">Comes back in SubscribeAcknowledged, unless the connection ends first.</param>
    /// <param name="subscriptions">At least one.</param>
    /// <param name="identifier">The Subscription Identifier of all of them, 1 to 268,435,455; null: none.</param>
    /// <returns>How many were sent.</returns>
    public int Subscribe(Instant now, ulong ticket, IReadOnlyList<SubscriptionRequest> subscriptions, int? identifier = null)
    {
        var count = CountFitting(subscriptions.Count, index => subscriptions[index].TopicFilter, out var size);
        var packet = new SubscribePacket(
            _requests.Add(PacketType.Suback, ticket, count), [.. subscriptions.Take(count).Select(Subscription.Of)])
        { SubscriptionIdentifier = identifier, Version = _options.Version };
        var written = packet.TryWrite(_transmit.Claim(size), out var length);
        Commit(now, written, length);
        return count;
    }

    /// <summary>As <see cref="Subscribe"/>, to end subscriptions.</summary>
    public int Unsubscribe(Instant now, ulong ticket, IReadOnlyList<string> filters)
    {
        var count = CountFitting(filters.Count, index => filters[index], out var size);
        var packet = new UnsubscribePacket(_requests.Add(PacketType.Unsuback, ticket, count), [.. filters.Take(count)])
        { Version = _options.Version };
        var written = packet.TryWrite(_transmit.Claim(size), out var length);
        Commit(now, written, length);
        return count;
    }

    private static int SizeOf(string filter) => 3 + System.Text.Encoding.UTF8.GetByteCount(filter);

    private int CountFitting(int count, Func<int, string> filter, out int size)
    {
        if (!MayRequest || count == 0)
        {
            throw new InvalidOperationException("No request may be sent now, or there is nothing to ask for.");
        }

        size = RequestRoom + SizeOf(filter(0));
        var fitting = 1;
        while (fitting < count && fitting < MqttLimits.FiltersPerPacket
            && size + SizeOf(filter(fitting)) <= (_server.MaximumPacketSize ?? uint.MaxValue))
        {
            size += SizeOf(filter(fitting++));
        }

        return fitting;
    }

    private bool TryHandleRequestAnswer(in ControlPacket packet, out MqttFault fault)
    {
        if (!IsMqtt5 && packet.Type == PacketType.Unsuback)
        {
            return TryHandleBareUnsuback(packet, out fault);
        }

        if (!SubackPacket.TryParse(packet.Body, out var answer, out fault, _options.Version))
        {
            return false;
        }

        if (!_requests.TryClose(packet.Type, answer.PacketIdentifier, answer.ReasonCodes.Count, out var ticket))
        {
            fault = MqttFault.ProtocolError($"[MQTT-3.9.3-1] {packet.Type} that answers nothing, or not all of it");
            return false;
        }

        var kind = packet.Type == PacketType.Suback ? MqttEventKind.SubscribeAcknowledged : MqttEventKind.UnsubscribeAcknowledged;
        _events.Enqueue(new MqttEvent(kind, ticket) { Reasons = answer.ReasonCodes });
        return true;
    }

    /// <summary>MQTT 3.1.1 §3.11: an identifier, and no codes.</summary>
    private bool TryHandleBareUnsuback(in ControlPacket packet, out MqttFault fault)
    {
        if (!AcknowledgementPacket.TryParse(packet.Body, out var unsuback, out fault, _options.Version))
        {
            return false;
        }

        if (!_requests.TryClose(PacketType.Unsuback, unsuback.PacketIdentifier, codes: null, out var ticket))
        {
            fault = MqttFault.ProtocolError("UNSUBACK that answers nothing");
            return false;
        }

        _events.Enqueue(new MqttEvent(MqttEventKind.UnsubscribeAcknowledged, ticket) { Reasons = [] });
        return true;
    }
}
