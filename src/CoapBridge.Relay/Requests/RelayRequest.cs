using CoapBridge.Coap;
using CoapBridge.Identity;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>A request on its way through the relay: views that die with the call.</summary>
internal readonly ref struct RelayRequest(Instant now, RelayClient client, in CoapMessage message, ReadOnlySpan<byte> body, Exchange exchange, Route route)
{
    public Instant Now { get; } = now;

    public RelayClient Client { get; } = client;

    /// <summary>Options and method; of a body in blocks those of its last block.</summary>
    public CoapMessage Message { get; } = message;

    /// <summary>The whole body.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;

    public Exchange Exchange { get; } = exchange;

    public Route Route { get; } = route;

    /// <summary>Asks for the time of day by the elective option 65000.</summary>
    public bool WantsTime => Message.TryGetOption(Answer.ServerTimeOption, out _);

    public DeviceIdentity Device => Client.Device ?? throw new InvalidOperationException("A request from a client without a name.");
}
