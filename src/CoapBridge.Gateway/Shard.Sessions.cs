using CoapBridge.Dtls.Sessions;
using CoapBridge.Gateway.Sessions;

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
}
