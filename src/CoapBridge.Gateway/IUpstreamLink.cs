using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// The gateway's end of the way to the broker, without a socket: what those have in common that speak one protocol or another
/// (<see cref="BrokerLink"/> MQTT). Its driver opens a connection when it is wanted; after any call take all outputs and ask for the
/// deadline again.
/// </summary>
public interface IUpstreamLink
{
    /// <summary>The broker has let us in, and the connection has not ended.</summary>
    bool IsConnected { get; }

    /// <summary>While this is true give no publishes in: they wait where they are.</summary>
    bool IsRenewing { get; }

    /// <summary>A connection should be opened now.</summary>
    bool WantsConnection { get; }

    Instant? NextDeadline { get; }

    /// <summary>The next connection shows another certificate. One that is there is left in order and made anew at once.</summary>
    void BeginRenewal(Instant now);

    /// <summary>Another broker is wanted, with the same certificate.</summary>
    void BeginMove(Instant now);

    /// <summary>True once when the broker does not take the new certificate: the next connection must show the one before.</summary>
    bool TryTakeRenewalRefused();

    /// <summary>The next status, for every owner. Tell it before the receipts that were there at the same time.</summary>
    bool TryTakeStatus(out UpstreamStatus status);

    /// <summary>The next receipt and whom it goes to.</summary>
    bool TryTakeReceipt(out int publisher, out Receipt receipt);

    bool TryTakeDelivery(out int owner, out Delivery delivery);

    bool TryTakeSubscriptionStatus(out int owner, out SubscriptionStatus status);

    /// <summary>The next line for the operator.</summary>
    bool TryTakeEvent(out BrokerEvent what);
}
