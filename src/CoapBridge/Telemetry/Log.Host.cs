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

    [LoggerMessage(5090, LogLevel.Error, "where={Where} input_sha256={InputSha256}", EventName = "unhandled_exception")]
    public static partial void UnhandledException(ILogger logger, Exception exception, string where, string? inputSha256);

    [LoggerMessage(5091, LogLevel.Critical, "where={Where}", EventName = "failed")]
    public static partial void Failed(ILogger logger, Exception exception, string where);
}
