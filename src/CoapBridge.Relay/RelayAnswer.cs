using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>An answer that is ready for its device.</summary>
public readonly record struct RelayAnswer(RelayClient Client, Exchange Exchange, Answer Answer);
