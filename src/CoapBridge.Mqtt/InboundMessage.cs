namespace CoapBridge.Mqtt;

/// <summary>A message that the server sent.</summary>
/// <param name="Message">With its retain flag as published (Retain As Published; with MQTT 3.1.1: set on what the server held).</param>
/// <param name="IsDuplicate">DUP: it may have been sent before.</param>
/// <param name="SubscriptionIdentifiers">Of the subscriptions that it was sent for; empty if they have none or the server offers none.</param>
public sealed record InboundMessage(ApplicationMessage Message, bool IsDuplicate, IReadOnlyList<int> SubscriptionIdentifiers);
