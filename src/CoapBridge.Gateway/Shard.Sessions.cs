using CoapBridge.Dtls.Sessions;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// What goes to the owner of the sessions. Its answers come back as the results of work.
public sealed partial class Shard
{
    private readonly Queue<SessionMessage> _sessionMessages = new();

    /// <summary>
    /// The next message for the <see cref="SessionStore"/>; in order. What it has no room for comes back at once as
    /// <see cref="SessionMessage.Refuse"/> says.
    /// </summary>
    public bool TryTakeSessionMessage(out SessionMessage message) => _sessionMessages.TryDequeue(out message!);

    private void Ask(DeviceLink link, SessionLookup lookup)
    {
        _openWork++;
        _sessionMessages.Enqueue(new SessionMessage.Find(settings.Shard, link, lookup));
    }

    private void Keep(string device, DtlsSession? session)
    {
        if (session is not null)
        {
            _sessionMessages.Enqueue(new SessionMessage.Keep(device, session));
        }
    }

    /// <summary>A word of the owner of the sessions about one of this shard's connections.</summary>
    public void HandleOrder(Instant now, LinkOrder order)
    {
        var link = order.Link;
        if (_isSaved || !link.IsEstablished)
        {
            return;
        }

        switch (order.Kind)
        {
            case LinkOrder.Kinds.SayLastHeard:
                _sessionMessages.Enqueue(new SessionMessage.LastHeard(link.Device!.Name, link, link.Connection.LastReceived));
                break;
            case LinkOrder.Kinds.Close:
                _events.Enqueue(new GatewayEvent.Crowded(link.Path, link.Device!));
                link.Connection.Close();
                break;
            default:
                link.IsNewest = order.Kind == LinkOrder.Kinds.Lead;
                break;
        }

        Settle(now, link);
    }

    private void Arrive(DeviceLink link) => _sessionMessages.Enqueue(new SessionMessage.Arrived(settings.Shard, link.Device!.Name, link));

    private void Leave(DeviceLink link)
    {
        if (link.Device is { } device)
        {
            _sessionMessages.Enqueue(new SessionMessage.Left(device.Name, link));
        }
    }
}
