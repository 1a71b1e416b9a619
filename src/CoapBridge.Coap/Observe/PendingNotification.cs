namespace CoapBridge.Coap;

/// <summary>A state that an observer is still to be told.</summary>
/// <param name="Name">As events name it.</param>
/// <param name="Code">Class 2.</param>
/// <param name="Options">As <see cref="OptionWriter"/> wrote them.</param>
/// <param name="Payload">Never changed.</param>
/// <param name="Confirmable">It has to be acknowledged.</param>
internal readonly record struct PendingNotification(
    Notification Name, CoapCode Code, byte[] Options, ReadOnlyMemory<byte> Payload, bool Confirmable);
