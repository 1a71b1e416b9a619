using CoapBridge.Gateway;
using CoapBridge.Wire;

namespace CoapBridge.Status;

/// <summary>How the handshakes of one shard ended. Its thread counts, anybody reads.</summary>
internal sealed class HandshakeTally
{
    /// <summary>More reasons than there are words for them.</summary>
    private const int MaximumReasons = 64;

    private Refusals[] _refusals = [];
    private long _ok;

    public long Ok => Volatile.Read(ref _ok);

    public MinuteCounts RecentOk { get; } = new();

    /// <summary>By reason; no order.</summary>
    public IReadOnlyList<Refusals> Refused => Volatile.Read(ref _refusals);

    public void CountOk(Instant now)
    {
        Volatile.Write(ref _ok, _ok + 1);
        RecentOk.Count(now);
    }

    public void CountRefused(Instant now, GatewayEvent.Refused refused)
    {
        var refusals = Array.Find(_refusals, one => one.Reason == refused.Reason);
        if (refusals is null)
        {
            if (_refusals.Length == MaximumReasons)
            {
                return;
            }

            refusals = new Refusals(refused.Reason);
            Volatile.Write(ref _refusals, [.. _refusals, refusals]);
        }

        refusals.Count(now, refused);
    }

    /// <summary>Those of one reason.</summary>
    internal sealed class Refusals(string reason)
    {
        private long _total;
        private Example? _last;

        public string Reason => reason;

        public long Total => Volatile.Read(ref _total);

        public MinuteCounts Recent { get; } = new();

        /// <summary>Null only while the first is being counted.</summary>
        public Example? Last => Volatile.Read(ref _last);

        internal void Count(Instant now, GatewayEvent.Refused refused)
        {
            Volatile.Write(ref _last, new Example(now, refused));
            Volatile.Write(ref _total, _total + 1);
            Recent.Count(now);
        }
    }

    /// <summary>One of them.</summary>
    internal sealed record Example(Instant At, GatewayEvent.Refused What);
}
