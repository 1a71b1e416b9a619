using CoapBridge.Admin;
using CoapBridge.Wire;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

/// <summary>What only an AMQP broker says, as log lines and alarms; the rest is as with MQTT.</summary>
internal sealed class AmqpEventLog(ILogger log, BrokerEventLog broker, Readiness readiness)
{
    /// <summary>A queue that is missing for a day is a hundred lines, not a million.</summary>
    private static readonly TimeSpan _repetition = TimeSpan.FromMinutes(10);

    private Instant? _lastUnroutable;
    private long _unroutable;
    private bool _isBlocked;
    private string? _commandProblem;

    /// <summary>What every broker says.</summary>
    public BrokerEventLog Broker => broker;

    public void Blocked(string reason)
    {
        _isBlocked = true;
        const string remedy = "give the broker memory or disk; its log says which";
        readiness.Alarm(Readiness.Area.Upstream, $"the broker takes no messages for now: {reason}", remedy);
        broker.Failed($"the broker takes no messages for now: {reason}", remedy);
        Log.UpstreamBlocked(log, reason, "the broker takes no messages for now; it counts as away", remedy);
    }

    public void Unblocked()
    {
        if (_isBlocked)
        {
            _isBlocked = false;
            readiness.Alarm(Readiness.Area.Upstream, null);
            Log.UpstreamUnblocked(log);
        }
    }

    /// <summary>The broker has dropped a message that no queue was bound for.</summary>
    public void Unroutable(Instant now, string key)
    {
        _unroutable++;
        if (_lastUnroutable is not { } last || now - last >= _repetition)
        {
            Log.UpstreamUnroutable(
                log, key, _unroutable, "the broker drops messages that no queue is bound for",
                "bind a queue to Upstream:Amqp:Exchange, or give that an alternate exchange");
            (_lastUnroutable, _unroutable) = (now, 0);
        }
    }

    public void PublishRefused(ushort code, string text) => Log.UpstreamPublishRefused(
        log, code, text, "the broker will not have a message; for a minute it gets one at a time",
        "give the gateway's user the right to write these routing keys, or let the access policy refuse them");

    /// <summary>Told at each attempt; null: the queue is consumed.</summary>
    public void CommandsConsumed(string queue, string? problem)
    {
        if (problem is not null && problem != _commandProblem)
        {
            Log.UpstreamCommandsWait(
                log, queue, problem,
                "let the gateway's user read this queue, and make it; if it is in exclusive use, another gateway has this ClientId, or the broker has not missed our last connection yet");
        }

        _commandProblem = problem;
    }
}
