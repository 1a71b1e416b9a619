namespace CoapBridge.Coap;

/// <summary>A CON of ours: a request, or the separate response of an exchange (RFC 7252 §4.2, §5.2.2).</summary>
/// <param name="Message">Its Message ID is set when it is first sent.</param>
/// <param name="Request">The request that it is; default for a response.</param>
/// <param name="Exchange">The exchange that it answers; default for a request.</param>
internal readonly record struct Confirmable(OutgoingMessage Message, OutgoingRequest Request, Exchange Exchange)
{
    public bool IsRequest => Request != default;

    public bool IsPing => Message.Code.IsEmpty;
}
