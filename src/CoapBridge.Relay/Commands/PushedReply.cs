namespace CoapBridge.Relay;

/// <summary>The response of a device to a request of the gateway's, on its way to the broker: nobody is answered.</summary>
/// <param name="Id">The command.</param>
internal sealed record PushedReply(string Id);
