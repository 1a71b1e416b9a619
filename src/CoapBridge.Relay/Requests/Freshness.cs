using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// Routes that take only fresh requests (RFC 9175 §2.3): without the value that this connection was given lately, a request
/// gets 4.01 with one and is not executed. The value is random and the connection's own, so no other can use it.
/// </summary>
internal static class Freshness
{
    /// <summary>How long a value counts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    public static bool Accepts(in RelayRequest request, IEntropy entropy, out Answer challenge)
    {
        var client = request.Client.Recorded;
        var isValid = client.Echo is { } echo && request.Now - echo.Issued < Lifetime;
        if (isValid && request.Message.TryGetOption(OptionNumber.Echo, out var value) && value.SequenceEqual(client.Echo!.Value.Value))
        {
            challenge = default;
            return true;
        }

        if (!isValid)
        {
            var bytes = new byte[8];
            entropy.Fill(bytes);
            client.Echo = (bytes, request.Now);
        }

        challenge = new Answer(CoapCode.Unauthorized, "freshness: repeat with Echo") { Echo = client.Echo!.Value.Value };
        return false;
    }
}
