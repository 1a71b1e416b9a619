using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Gateway.Sessions;

/// <summary>What a shard has to say to the owner of the sessions (DESIGN D-17).</summary>
public abstract class SessionMessage
{
    private SessionMessage()
    {
    }

    /// <summary>
    /// The owner has no room for this message. What a shard gets as the result of a question that nobody answers: there is
    /// no such session; null for what is no question.
    /// </summary>
    public virtual ShardWorkResult? Refuse() => null;

    /// <summary>False for what must be heard; a shard says so little of that that there is always room.</summary>
    public virtual bool MayBeRefused => false;

    /// <summary>A handshake waits for a session.</summary>
    public sealed class Find : SessionMessage
    {
        private readonly DeviceLink _link;
        private readonly SessionLookup _lookup;

        internal Find(int shard, DeviceLink link, SessionLookup lookup)
        {
            Shard = shard;
            _link = link;
            _lookup = lookup;
        }

        /// <summary>Who asks.</summary>
        public int Shard { get; }

        internal SessionId Id => _lookup.Id;

        public override bool MayBeRefused => true;

        public override ShardWorkResult Refuse() => Answer(null);

        internal ShardWorkResult Answer(DtlsSession? session) => new HandshakeWorkResult(_link, _lookup.Answer(session));
    }

    /// <summary>A full handshake has left a session, which is the owner's from now on.</summary>
    public sealed class Keep : SessionMessage
    {
        internal Keep(string device, DtlsSession session)
        {
            Device = device;
            Session = session;
        }

        internal string Device { get; }

        internal DtlsSession Session { get; }

        public override bool MayBeRefused => true;

        public override ShardWorkResult? Refuse()
        {
            Session.Erase();
            return null;
        }
    }

    /// <summary>A session must not be resumed any more (RFC 5246 §7.2.2). Never to be refused.</summary>
    public sealed class Forget : SessionMessage
    {
        internal Forget(SessionId id) => Id = id;

        internal SessionId Id { get; }
    }

    /// <summary>A connection of a device is alive from now on. Never to be refused, like all that follow.</summary>
    public sealed class Arrived : SessionMessage
    {
        internal Arrived(int shard, string device, DeviceLink link) => (Shard, Device, Link) = (shard, device, link);

        internal int Shard { get; }

        internal string Device { get; }

        internal DeviceLink Link { get; }
    }

    /// <summary>It is over.</summary>
    public sealed class Left : SessionMessage
    {
        internal Left(string device, DeviceLink link) => (Device, Link) = (device, link);

        internal string Device { get; }

        internal DeviceLink Link { get; }
    }

    /// <summary>The answer to <see cref="LinkOrder.Kinds.SayLastHeard"/>.</summary>
    public sealed class LastHeard : SessionMessage
    {
        internal LastHeard(string device, DeviceLink link, Instant time) => (Device, Link, Time) = (device, link, time);

        internal string Device { get; }

        internal DeviceLink Link { get; }

        internal Instant Time { get; }
    }
}
