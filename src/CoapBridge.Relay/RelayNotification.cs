using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>Something that an observer is to be told (RFC 7641 §4.2).</summary>
/// <param name="Client">Who.</param>
/// <param name="Token">Of its registration.</param>
/// <param name="Answer">With a code other than 2.xx the last.</param>
/// <param name="Confirmable">It has to be acknowledged. The next of those that must all arrive is given only then.</param>
public readonly record struct RelayNotification(RelayClient Client, Token Token, Answer Answer, bool Confirmable);
