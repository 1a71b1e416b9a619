using CoapBridge.Relay;

namespace CoapBridge.Commands;

/// <summary>What other threads send to the command desk: exactly one of these.</summary>
internal readonly record struct DeskMail(DeskMessage? Message, Delivery? Delivery, SubscriptionStatus? Status)
{
    public static DeskMail Of(DeskMessage message) => new(message, null, null);

    public static DeskMail Of(Delivery delivery) => new(null, delivery, null);

    public static DeskMail Of(SubscriptionStatus status) => new(null, null, status);
}
