using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

/// <summary>The log lines of the executable itself (ids 5000 to 5999).</summary>
internal static partial class Log
{
    [LoggerMessage(5001, LogLevel.Information, "version={Version} config={Config} shards={Shards}", EventName = "starting")]
    public static partial void Starting(ILogger logger, string version, string config, int shards);

    [LoggerMessage(5002, LogLevel.Information, "endpoint={Endpoint}", EventName = "listening")]
    public static partial void Listening(ILogger logger, string endpoint);

    [LoggerMessage(5003, LogLevel.Information, "signal={Signal}", EventName = "stopping")]
    public static partial void Stopping(ILogger logger, string signal);

    [LoggerMessage(5004, LogLevel.Information, "drained={Drained}", EventName = "stopped")]
    public static partial void Stopped(ILogger logger, bool drained);

    [LoggerMessage(5005, LogLevel.Warning, "what={What} remedy={Remedy}", EventName = "warning")]
    public static partial void Advice(ILogger logger, string what, string remedy);

    [LoggerMessage(5006, LogLevel.Information, "endpoint={Endpoint}", EventName = "admin_listening")]
    public static partial void AdminListening(ILogger logger, string endpoint);

    [LoggerMessage(5007, LogLevel.Warning, "path={Path} problem={Problem} remedy=\"make State:Directory writable; until the next start `coapbridge outbox retry` and `purge` cannot reach this gateway\"", EventName = "admin_socket_unusable")]
    public static partial void ControlUnusable(ILogger logger, string path, string problem);

    [LoggerMessage(5008, LogLevel.Warning, "uid={Uid} remedy=\"admin.sock is for the gateway's own user and root\"", EventName = "admin_socket_refused")]
    public static partial void ControlRefused(ILogger logger, uint uid);

    [LoggerMessage(5030, LogLevel.Information, "endpoint={Endpoint}", EventName = "otlp_sent")]
    public static partial void OtlpSent(ILogger logger, string endpoint);

    [LoggerMessage(5031, LogLevel.Warning, "endpoint={Endpoint} problem={Problem} remedy=\"check Telemetry:Otlp:Endpoint and that the collector takes OTLP over HTTP; devices are served meanwhile\"", EventName = "otlp_not_sent")]
    public static partial void OtlpNotSent(ILogger logger, string endpoint, string problem);

    [LoggerMessage(5010, LogLevel.Information, "count={Count} bytes={Bytes}", EventName = "connections_saved")]
    public static partial void ConnectionsSaved(ILogger logger, int count, long bytes);

    [LoggerMessage(5011, LogLevel.Information, "count={Count} dropped={Dropped} age_seconds={AgeSeconds}", EventName = "connections_taken_up")]
    public static partial void ConnectionsTakenUp(ILogger logger, int count, int dropped, long ageSeconds);

    [LoggerMessage(5012, LogLevel.Warning, "reason={Reason}", EventName = "connections_discarded")]
    public static partial void ConnectionsDiscarded(ILogger logger, string reason);

    [LoggerMessage(5013, LogLevel.Warning, "problem={Problem} connections={Connections}", EventName = "connections_not_saved")]
    public static partial void ConnectionsNotSaved(ILogger logger, string problem, string connections);

    [LoggerMessage(5014, LogLevel.Warning, "directory={Directory} problem={Problem} remedy=\"make State:Directory writable, or set State:MaxAge to 00:00:00\"", EventName = "state_unusable")]
    public static partial void StateUnusable(ILogger logger, string directory, string problem);

    [LoggerMessage(5020, LogLevel.Information, "cause={Cause} generation={Generation}", EventName = "reloaded")]
    public static partial void Reloaded(ILogger logger, string cause, int generation);

    [LoggerMessage(5021, LogLevel.Error, "cause={Cause} problem={Problem} in_force=\"what was loaded before\"", EventName = "reload_failed")]
    public static partial void ReloadFailed(ILogger logger, string cause, string problem);

    [LoggerMessage(5022, LogLevel.Warning, "keys={Keys} remedy=\"restart to use them; everything else is in force\"", EventName = "restart_needed")]
    public static partial void RestartNeeded(ILogger logger, string keys);

    [LoggerMessage(5090, LogLevel.Error, "where={Where} input_sha256={InputSha256}", EventName = "unhandled_exception")]
    public static partial void UnhandledException(ILogger logger, Exception exception, string where, string? inputSha256);

    [LoggerMessage(5091, LogLevel.Critical, "where={Where}", EventName = "failed")]
    public static partial void Failed(ILogger logger, Exception exception, string where);
}
