using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>How a subscription stands on the present connection.</summary>
public enum SubscriptionState : byte
{
    /// <summary>SUBACK came: messages from here on are delivered.</summary>
    Active,

    /// <summary>
    /// After Active: what the broker holds retained was delivered before this (PRODUCT.md "State"): a PINGRESP followed the
    /// SUBACK, or 1 s passed. A topic of which nothing came has no retained value.
    /// </summary>
    Settled,

    /// <summary>The broker said no, or cannot be asked; it is asked again on the next connection unless the owner ceases to want it.</summary>
    Refused,
}

/// <summary>
/// What became of a wanted filter, from the broker link to each of its owners. On every new connection Active and Settled
/// (or Refused) come again. There is no state for a lost connection: <see cref="UpstreamStatus"/> says so for all filters at
/// once, and until Settled comes again nothing is known of their topics.
/// </summary>
/// <param name="Filter">As it was asked for.</param>
/// <param name="State">How it stands.</param>
/// <param name="Reason">Of a refusal: SUBACK's code, or ours when the broker was not asked (0x8F a bad filter, 0xA2 no wildcards, 0x95 too long, 0x97 too many filters).</param>
public readonly record struct SubscriptionStatus(string Filter, SubscriptionState State, MqttReasonCode Reason = MqttReasonCode.Success);
