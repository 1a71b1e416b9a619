namespace CoapBridge.Coap;

/// <summary>A CON of ours: a request, the separate response of an exchange (RFC 7252 §4.2, §5.2.2), or a notification.</summary>
/// <param name="Message">Its Message ID is set when it is first sent.</param>
/// <param name="Request">The request that it is; default when it is none.</param>
/// <param name="Exchange">The exchange that it answers; default when it answers none.</param>
/// <param name="Notification">What it tells an observer (RFC 7641 §4.2); default when it is none.</param>
internal readonly record struct Confirmable(OutgoingMessage Message, OutgoingRequest Request, Exchange Exchange, Notification Notification = default)
{
    public bool IsRequest => Request != default;

    public bool IsNotification => Notification != default;

    public bool IsPing => Message.Code.IsEmpty;
}
