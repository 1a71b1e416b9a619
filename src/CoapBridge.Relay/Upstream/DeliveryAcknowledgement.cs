using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>
/// An owner has taken a <see cref="Delivery"/> over, and the broker may forget it. One that comes after the connection was lost
/// changes nothing: the broker delivers the message again.
/// </summary>
/// <param name="Ticket">The delivery's ticket.</param>
/// <param name="Reason">PUBACK's code; a failure tells the broker that the message is thrown away.</param>
public readonly record struct DeliveryAcknowledgement(ulong Ticket, MqttReasonCode Reason = MqttReasonCode.Success);
