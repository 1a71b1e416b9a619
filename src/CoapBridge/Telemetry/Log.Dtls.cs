using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

#pragma warning disable SYSLIB1025 // one event, two results: PRODUCT.md wants every handshake to be one line of one name

/// <summary>The log lines of devices and their connections (ids 1000 to 1999).</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "result={Result} device={Device} peer={Peer} cert_sha256={CertSha256} sni={Sni} cid={Cid} ems={Ems} resumed={Resumed} detail={Detail} ms={Ms}", EventName = "handshake")]
    public static partial void HandshakeCompleted(
        ILogger logger, string result, string device, string peer, string certSha256, string? sni, bool cid, bool ems, bool resumed, string? detail, long ms);

    [LoggerMessage(1002, LogLevel.Information, "result={Result} reason={Reason} peer={Peer} subject={Subject} issuer={Issuer} alert={Alert} detail={Detail} sni={Sni} suites={Suites} groups={Groups} ms={Ms}", EventName = "handshake")]
    public static partial void HandshakeRefused(
        ILogger logger, string result, string reason, string peer, string? subject, string? issuer, int? alert, string? detail,
        string? sni, string? suites, string? groups, long ms);

    [LoggerMessage(1003, LogLevel.Information, "device={Device} peer={Peer} reason={Reason} alert={Alert}", EventName = "disconnected")]
    public static partial void Disconnected(ILogger logger, string device, string peer, string reason, int? alert);

    [LoggerMessage(1004, LogLevel.Information, "device={Device} peer={Peer}", EventName = "replaced")]
    public static partial void Replaced(ILogger logger, string device, string peer);

    [LoggerMessage(1006, LogLevel.Information, "device={Device} from={From} peer={Peer}", EventName = "moved")]
    public static partial void Moved(ILogger logger, string device, string from, string peer);

    [LoggerMessage(1007, LogLevel.Warning, "device={Device} peer={Peer} reason={Reason} cert_sha256={CertSha256} detail={Detail}", EventName = "revoked")]
    public static partial void Revoked(ILogger logger, string device, string peer, string reason, string certSha256, string? detail);

    [LoggerMessage(1008, LogLevel.Information, "generation={Generation} count={Count} refused={Refused} ms={Ms}", EventName = "connections_judged")]
    public static partial void Judged(ILogger logger, int generation, int count, int refused, long ms);

    [LoggerMessage(
        1009, LogLevel.Information, "device={Device} peer={Peer} detail=\"more connections than Devices:MaxConnectionsPerDevice; the longest idle one closes\"",
        EventName = "crowded")]
    public static partial void Crowded(ILogger logger, string device, string peer);

    [LoggerMessage(
        1010, LogLevel.Information,
        "device={Device} peer={Peer} silent_s={Silent} detail=\"as many connections as Listen:MaxConnections; the longest idle one closes for a newcomer\"",
        EventName = "evicted")]
    public static partial void Evicted(ILogger logger, string device, string peer, long silent);

    [LoggerMessage(
        1011, LogLevel.Warning,
        "device={Device} peer={Peer} detail=\"as many connections as Listen:MaxConnections, all in use within the last 60 s; the newcomer closes; raise Listen:MaxConnections\"",
        EventName = "no_room")]
    public static partial void NoRoom(ILogger logger, string device, string peer);

    [LoggerMessage(1005, LogLevel.Warning, "lines={Lines}", EventName = "device_lines_suppressed")]
    public static partial void LinesSuppressed(ILogger logger, long lines);

    [LoggerMessage(2002, LogLevel.Information, "device={Device} peer={Peer} diagnostic={Diagnostic}", EventName = "request_denied")]
    public static partial void Denied(ILogger logger, string device, string peer, string diagnostic);

    [LoggerMessage(2001, LogLevel.Debug, "device={Device} peer={Peer} code={Code} diagnostic={Diagnostic}", EventName = "answered")]
    public static partial void Answered(ILogger logger, string device, string peer, string code, string diagnostic);
}
