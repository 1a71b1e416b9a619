namespace CoapBridge.Mqtt;

/// <summary>One line of a SUBSCRIBE (MQTT 5 §3.8.3).</summary>
/// <param name="TopicFilter">Checked by <see cref="MqttClientEngine.CheckFilter"/>.</param>
/// <param name="MaximumQoS">The highest quality of service that the server may use for it.</param>
/// <param name="WantsRetained">Retain Handling: the retained messages that match are sent now, also if the subscription is not new; or none.</param>
public readonly record struct SubscriptionRequest(string TopicFilter, QualityOfService MaximumQoS, bool WantsRetained);
