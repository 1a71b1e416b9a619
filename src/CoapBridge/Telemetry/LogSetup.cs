using CoapBridge.Status;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace CoapBridge.Telemetry;

/// <summary>The worker's logger: lines on standard output, through a bounded queue that drops instead of stalling a shard.</summary>
internal static class LogSetup
{
    private const int QueuedLines = 4_096;

    /// <param name="problems">Hears of the warnings, too.</param>
    public static ILoggerFactory Create(RecentProblems problems) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(LogLevel.Information)
        .AddProvider(problems)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddConsole(console =>
        {
            console.FormatterName = LineFormatter.FormatterName;
            console.MaxQueueLength = QueuedLines;
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite; // the logger itself tells how many were dropped
        })
        .Services.AddSingleton<ConsoleFormatter>(
            new LineFormatter(Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null, TimeProvider.System)));
}
