using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>A device that is told of something under the token of its request (RFC 7641 §4.1).</summary>
internal abstract class Observation(RelayClient client, Token token)
{
    public RelayClient Client => client;

    public Token Token => token;
}
