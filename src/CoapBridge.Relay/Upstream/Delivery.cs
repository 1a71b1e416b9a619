using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>
/// A message of the broker's for an owner that wants a filter which it matches: one for each such filter. Messages of one
/// topic come in the broker's order. The present value may come again, unchanged, when another owner begins to want the filter.
/// </summary>
/// <param name="Filter">The filter, as it was asked for.</param>
/// <param name="Message">The message, shared with other owners: nobody may write to it.</param>
/// <param name="Ticket">
/// The owner says <see cref="DeliveryAcknowledgement"/> with it exactly once, whatever the quality of service: a shard's loop when
/// the shard has taken the delivery in, the command desk when the command is stored (DESIGN D-11). Only then, with QoS 1 and 2,
/// does the broker get its PUBACK. An owner that is behind loses messages of QoS 0; those of QoS 1 and 2 hold up all later ones
/// at the broker once our Receive Maximum is reached.
/// </param>
/// <param name="IsDuplicate">DUP: the broker may have sent it before and not got its PUBACK.</param>
public readonly record struct Delivery(string Filter, ApplicationMessage Message, ulong Ticket, bool IsDuplicate)
{
    /// <summary>
    /// The message is the topic's retained value now: it was published with RETAIN (Retain As Published), or the broker held
    /// it. With an empty payload the topic has none any more. MQTT 3.1.1 brokers set the flag only on what they held.
    /// </summary>
    public bool IsRetained => Message.Retain;
}
