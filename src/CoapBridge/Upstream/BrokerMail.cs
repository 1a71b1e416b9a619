using CoapBridge.Gateway;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

/// <summary>Carries the broker link's outputs to their owners, and its events to the log.</summary>
internal sealed class BrokerMail(BrokerLink link, UpstreamMail owners, BrokerEventLog events)
{
    public TimeSpan Shorten(TimeSpan wait) => owners.Shorten(wait);

    public void TakeOutputs(Instant now)
    {
        owners.Retry();
        while (link.TryTakeStatus(out var status))
        {
            events.StatusChanged(status);
            owners.Post(status);
        }

        while (link.TryTakeReceipt(out var publisher, out var receipt))
        {
            events.Received(receipt);
            owners.Post(publisher, receipt);
        }

        while (link.TryTakeDelivery(out var owner, out var delivery))
        {
            owners.Post(owner, delivery);
        }

        while (link.TryTakeSubscriptionStatus(out var owner, out var subscription))
        {
            owners.Post(owner, subscription);
        }

        while (link.TryTakeTurn(out var shard, out var grant))
        {
            owners.Post(shard, grant);
        }

        while (link.TryTakeEvent(out var what))
        {
            events.Write(now, what);
        }
    }
}
