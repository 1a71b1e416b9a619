using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

/// <summary>The log lines of the way to the broker (ids 4000 to 4999).</summary>
internal static partial class Log
{
    [LoggerMessage(4020, LogLevel.Error, "problem={Problem} writes={Writes} remedy=\"make room for Outbox:File; the broker keeps the commands meanwhile\"", EventName = "commands_not_stored")]
    public static partial void CommandsNotStored(ILogger logger, string problem, int writes);

    [LoggerMessage(4021, LogLevel.Warning, "filter={Filter} reason={Reason} remedy=\"allow the gateway to subscribe there\"", EventName = "commands_refused")]
    public static partial void CommandsRefused(ILogger logger, string filter, string reason);

    [LoggerMessage(4022, LogLevel.Error, "set_aside={SetAside} problem=\"the file was damaged; its commands and stored messages are lost\"", EventName = "outbox_damaged")]
    public static partial void OutboxDamaged(ILogger logger, string setAside);

    [LoggerMessage(4024, LogLevel.Error, "problem={Problem} remedy=\"make Outbox:File writable and make room for it; while the broker is away, events are answered 5.03\"", EventName = "outbox_not_stored")]
    public static partial void OutboxNotStored(ILogger logger, string problem);

    [LoggerMessage(4025, LogLevel.Information, "Outbox:File can be written again", EventName = "outbox_stores_again")]
    public static partial void OutboxStoresAgain(ILogger logger);

    [LoggerMessage(4026, LogLevel.Warning, "id={Id} reason={Reason} problem=\"the broker does not take this message; it is set aside in the table outbox_quarantine\"", EventName = "outbox_quarantined")]
    public static partial void OutboxQuarantined(ILogger logger, long id, string reason);

    [LoggerMessage(4027, LogLevel.Warning, "action={Action} messages={Messages} bytes={Bytes}", EventName = "outbox_order")]
    public static partial void OutboxObeyed(ILogger logger, string action, long messages, long bytes);

    [LoggerMessage(4031, LogLevel.Warning, "reason={Reason} problem={Problem} remedy={Remedy}", EventName = "upstream_blocked")]
    public static partial void UpstreamBlocked(ILogger logger, string reason, string problem, string remedy);

    [LoggerMessage(4032, LogLevel.Information, "the broker takes messages again", EventName = "upstream_unblocked")]
    public static partial void UpstreamUnblocked(ILogger logger);

    [LoggerMessage(4033, LogLevel.Warning, "key={Key} count={Count} problem={Problem} remedy={Remedy}", EventName = "upstream_unroutable")]
    public static partial void UpstreamUnroutable(ILogger logger, string key, long count, string problem, string remedy);

    [LoggerMessage(4034, LogLevel.Warning, "code={Code} detail={Detail} problem={Problem} remedy={Remedy}", EventName = "upstream_publish_refused")]
    public static partial void UpstreamPublishRefused(ILogger logger, ushort code, string detail, string problem, string remedy);

    [LoggerMessage(4035, LogLevel.Warning, "queue={Queue} problem={Problem} remedy={Remedy}", EventName = "upstream_commands_wait")]
    public static partial void UpstreamCommandsWait(ILogger logger, string queue, string problem, string remedy);

    [LoggerMessage(4001, LogLevel.Information, "host={Host} port={Port} address={Address} protocol={Protocol} suite={Suite}", EventName = "upstream_connected")]
    public static partial void UpstreamSecured(ILogger logger, string host, int port, string address, string protocol, string suite);

    [LoggerMessage(4002, LogLevel.Warning, "host={Host} port={Port} reason={Reason} problem={Problem} remedy={Remedy}", EventName = "upstream_away")]
    public static partial void UpstreamAway(ILogger logger, string host, int port, string reason, string problem, string remedy);

    [LoggerMessage(4003, LogLevel.Information, "host={Host} client_id={ClientId}", EventName = "upstream_ready")]
    public static partial void UpstreamAccepted(ILogger logger, string host, string clientId);

    [LoggerMessage(4005, LogLevel.Warning, "host={Host} client_id={ClientId} reason_code={ReasonCode} reason={Reason} detail={Detail} remedy={Remedy} retry_seconds={Seconds}", EventName = "upstream_refused")]
    public static partial void UpstreamRefused(
        ILogger logger, string host, string clientId, string reasonCode, string reason, string? detail, string remedy, double seconds);

    [LoggerMessage(4006, LogLevel.Warning, "host={Host} end={End} reason={Reason} detail={Detail} remedy={Remedy} retry_seconds={Seconds}", EventName = "upstream_lost")]
    public static partial void UpstreamLost(ILogger logger, string host, string end, string? reason, string? detail, string? remedy, double seconds);

    [LoggerMessage(4007, LogLevel.Information, "host={Host}", EventName = "upstream_left")]
    public static partial void UpstreamLeft(ILogger logger, string host);

    [LoggerMessage(4008, LogLevel.Information, "host={Host} waiting_for={WaitingFor}", EventName = "upstream_renewing")]
    public static partial void UpstreamRenewing(ILogger logger, string host, int waitingFor);

    [LoggerMessage(4023, LogLevel.Information, "host={Host} waiting_for={WaitingFor}", EventName = "upstream_moving")]
    public static partial void UpstreamMoving(ILogger logger, string host, int waitingFor);

    [LoggerMessage(4009, LogLevel.Information, "host={Host}", EventName = "upstream_renewed")]
    public static partial void UpstreamRenewed(ILogger logger, string host);

    [LoggerMessage(4010, LogLevel.Error, "host={Host} remedy={Remedy}", EventName = "upstream_renewal_refused")]
    public static partial void UpstreamRenewalRefused(ILogger logger, string host, string remedy);
}
