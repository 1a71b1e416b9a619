using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>
/// An owner begins or ceases to want the messages of a Topic Filter. The broker link keeps one subscription for all owners of
/// a filter, restores it on every new connection, and ends it when the last owner has ceased. It may be asked for with the
/// broker away. Wanting twice changes nothing.
/// </summary>
/// <param name="Owner">Who wants it: a shard by its number, or, by the number after the last shard's, the command desk.</param>
/// <param name="Filter">MQTT 5 §4.7.1; none that begins with '$'.</param>
/// <param name="Wanted">False: the owner has ceased, and gets no deliveries any more but those under way.</param>
/// <param name="MaximumQoS">At most <see cref="QualityOfService.AtLeastOnce"/>; of several owners' the highest holds.</param>
/// <param name="WantsRetained">
/// Retained messages are delivered for it, on every new connection again; commands say no, since a retained one would be
/// executed again and again.
/// </param>
public readonly record struct SubscriptionChange(
    int Owner, string Filter, bool Wanted, QualityOfService MaximumQoS = QualityOfService.AtLeastOnce, bool WantsRetained = true);
