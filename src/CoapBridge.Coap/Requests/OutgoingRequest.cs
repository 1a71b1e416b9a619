namespace CoapBridge.Coap;

/// <summary>A request of ours, as its endpoint's events name it. The default value names no request.</summary>
public readonly record struct OutgoingRequest
{
    internal OutgoingRequest(uint number) => Number = number;

    internal uint Number { get; }
}
