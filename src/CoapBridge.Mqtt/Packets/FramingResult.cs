namespace CoapBridge.Mqtt.Packets;

/// <summary>What the framer found at the front of its input.</summary>
internal enum FramingResult
{
    /// <summary>No whole packet yet; all input was taken.</summary>
    NeedMore,
    Packet,
    Fault,
}
