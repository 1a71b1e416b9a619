namespace CoapBridge.Mqtt.Session;

/// <summary>A QoS 1 message that waits or is in flight. <paramref name="Size"/> is that of its packet, in bytes.</summary>
internal readonly record struct OutgoingPublish(ulong Ticket, ApplicationMessage Message, int Size);
