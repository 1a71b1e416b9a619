namespace CoapBridge.Relay;

/// <summary>A wish for the first stored message of a device whose id is larger; <see cref="OutboxDesk.HandleRead"/> answers it.</summary>
/// <param name="Device">Whose.</param>
/// <param name="After">The id.</param>
public readonly record struct OutboxRead(string Device, long After);
