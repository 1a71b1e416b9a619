using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

/// <summary>The log lines of the way to the broker (ids 4000 to 4999).</summary>
internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Information, "host={Host} port={Port} address={Address} protocol={Protocol} suite={Suite}", EventName = "upstream_connected")]
    public static partial void UpstreamSecured(ILogger logger, string host, int port, string address, string protocol, string suite);

    [LoggerMessage(4002, LogLevel.Warning, "host={Host} port={Port} reason={Reason} problem={Problem} remedy={Remedy}", EventName = "upstream_away")]
    public static partial void UpstreamAway(ILogger logger, string host, int port, string reason, string problem, string remedy);
}
