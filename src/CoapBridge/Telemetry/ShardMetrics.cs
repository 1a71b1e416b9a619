using System.Diagnostics.Metrics;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Shards;

namespace CoapBridge.Telemetry;

/// <summary>The shards count for themselves; the meter asks them at each scrape, so a record costs no measurement.</summary>
internal static class ShardMetrics
{
    public static void Observe(GatewayMetrics metrics, ShardGroup group)
    {
        metrics.Observe("coapbridge.dtls.hellos", "{datagram}", "Datagrams from addresses without a connection, by outcome.", () =>
            Totals<HelloOutcome>(group, "outcome", (counters, outcome) => counters.Hellos[(int)outcome]));
        metrics.Observe("coapbridge.dtls.hellos.no_room", "{datagram}", "Hellos with a good cookie that found no room.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.Counters.HellosWithoutRoom))]);
        metrics.Observe("coapbridge.dtls.connections.no_room", "{connection}", "Connections that closed because a shard was full, by reason: who went.", () =>
        [
            new Measurement<long>(
                group.Loops.Sum(loop => loop.Shard.Counters.ConnectionsEvicted), new KeyValuePair<string, object?>("reason", "longest_idle")),
            new Measurement<long>(
                group.Loops.Sum(loop => loop.Shard.Counters.NewcomersWithoutRoom), new KeyValuePair<string, object?>("reason", "newcomer")),
        ]);
        metrics.Observe("coapbridge.dtls.connection_ids.unknown", "{record}", "Records with a Connection ID that nobody has.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.Counters.UnknownConnectionIds))]);
        metrics.Observe("coapbridge.dtls.address_changes", "{change}", "Connections that moved to another address.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.Counters.AddressChanges))]);
        metrics.Observe("coapbridge.dtls.records", "{record}", "Records, by what became of them; most outcomes are drops.", () =>
            Totals<RecordOutcome>(group, "outcome", (counters, outcome) => counters.Records[(int)outcome]));
        metrics.Observe("coapbridge.coap.messages", "{message}", "CoAP messages that came, by kind.", () =>
            Totals<ReceptionKind>(group, "kind", (counters, kind) => counters.Receptions[(int)kind]));
        metrics.Observe("coapbridge.coap.messages.dropped", "{message}", "CoAP messages that were ignored or rejected, by reason.", () =>
            Totals<CoapDrop>(group, "reason", (counters, reason) => counters.MessageDrops[(int)reason]));
        metrics.Observe("coapbridge.coap.messages.unsent", "{message}", "CoAP messages that could not be sent.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.Counters.MessagesUnsent))]);
        metrics.Observe("coapbridge.coap.requests.limited", "{request}", "Requests beyond a device's limits, by limit.", () =>
            Totals<RequestLimit>(group, "limit", (counters, limit) => counters.Limits[(int)limit]).Skip((int)RequestLimit.None + 1));
        metrics.Observe("coapbridge.coap.requests", "{request}", "Answered requests, by response code.", () => Responses(group));
        metrics.Observe("coapbridge.shard.hand_over.dropped", "{datagram}", "Datagrams that found their shard's inbox full.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.HandOverDrops))]);
        metrics.ObserveGauge("coapbridge.dtls.connections", "{connection}", "Connections that are established.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.ConnectionCount))]);
        metrics.ObserveGauge("coapbridge.dtls.handshakes.open", "{handshake}", "Handshakes under way.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.HandshakeCount))]);
        metrics.Observe("coapbridge.dtls.sessions.lookups", "{lookup}", "Sessions that clients wanted to resume, by outcome.", () =>
        [
            new Measurement<long>(group.Sessions.Store.Hits, new KeyValuePair<string, object?>("outcome", "hit")),
            new Measurement<long>(group.Sessions.Store.Misses, new KeyValuePair<string, object?>("outcome", "miss")),
        ]);
        metrics.ObserveGauge("coapbridge.dtls.sessions", "{session}", "Sessions that can be resumed.", () =>
            [new Measurement<long>(group.Sessions.Store.Count)]);
        metrics.ObserveGauge("coapbridge.relay.requests.open", "{request}", "Requests that wait for the broker.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.OpenRequestCount))]);
        metrics.Observe("coapbridge.relay.calls.late_answers", "{message}", "Answers of the cloud to calls that had ended.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.RelayCounters.LateAnswers))]);
        metrics.Observe("coapbridge.relay.replies.lost", "{message}", "Responses of devices to commands that the broker did not take.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.RelayCounters.LostReplies))]);
        metrics.ObserveGauge("coapbridge.relay.topics", "{topic}", "Topics whose state is kept.", () =>
            [new Measurement<long>(group.Loops.Sum(loop => loop.Shard.TopicCount))]);
        metrics.ObserveGauge("coapbridge.commands", "{command}", "Commands that wait for their device, or for its reply.", () =>
            [new Measurement<long>(group.Commands.Desk.Count)]);
        metrics.Observe("coapbridge.commands.refused", "{command}", "Commands that found no room, or could not be told to a device.", () =>
            [new Measurement<long>(group.Commands.Desk.RefusedCount)]);
        metrics.Observe("coapbridge.commands.expired", "{command}", "Commands that ended before their device took them.", () =>
            [new Measurement<long>(group.Commands.Desk.ExpiredCount)]);
        metrics.ObserveGauge("coapbridge.work.depth", "{item}", "Work items that wait for a thread.", () =>
            [new Measurement<long>(group.WorkDepth)]);
    }

    private static List<Measurement<long>> Totals<TOutcome>(ShardGroup group, string tag, Func<ShardCounters, TOutcome, long> read)
        where TOutcome : struct, Enum =>
        [.. Enum.GetValues<TOutcome>().Select(outcome => new Measurement<long>(
            group.Loops.Sum(loop => read(loop.Shard.Counters, outcome)),
            new KeyValuePair<string, object?>(tag, SnakeCase.Of(outcome.ToString()))))];

    private static List<Measurement<long>> Responses(ShardGroup group) =>
        [.. Enumerable.Range(0, 256)
            .Select(code => (Code: new CoapCode((byte)code), Total: group.Loops.Sum(loop => loop.Shard.Counters.Responses[code])))
            .Where(response => response.Total > 0)
            .Select(response => new Measurement<long>(
                response.Total, new KeyValuePair<string, object?>("code", response.Code.ToString())))];
}
