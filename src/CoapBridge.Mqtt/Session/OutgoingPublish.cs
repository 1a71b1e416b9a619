using CoapBridge.Wire;

namespace CoapBridge.Mqtt.Session;

/// <summary>A QoS 1 or 2 message that waits or is in flight. Its size is that of its packet, in bytes.</summary>
internal sealed class OutgoingPublish(ulong ticket, ApplicationMessage message, int size)
{
    public ulong Ticket { get; } = ticket;

    public ApplicationMessage Message { get; } = message;

    public int Size { get; } = size;

    public QualityOfService QualityOfService => Message.QualityOfService;

    /// <summary>0 until it is in flight.</summary>
    public ushort Identifier { get; set; }

    /// <summary>QoS 2: PUBREC came, so the server has it; what is open is PUBCOMP [MQTT-4.3.3-6].</summary>
    public bool IsReceived { get; set; }

    /// <summary>When it, or its PUBREL, was sent on the present connection; null: not yet.</summary>
    public Instant? SentAt { get; set; }
}
