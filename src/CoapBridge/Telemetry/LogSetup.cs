using CoapBridge.Status;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

/// <summary>The worker's logger: lines on standard output. Put together by hand: the builder brings five assemblies and 6 MB.</summary>
internal static class LogSetup
{
    /// <param name="problems">Hears of the warnings, too.</param>
    public static ILoggerFactory Create(RecentProblems problems)
    {
        var formatter = new LineFormatter(Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null, TimeProvider.System);
        var options = new LoggerFilterOptions { MinLevel = LogLevel.Information };
        options.Rules.Add(new LoggerFilterRule(null, "Microsoft", LogLevel.Warning, null));
        var factory = new LoggerFactory([], options);
        factory.AddProvider(problems);
        factory.AddProvider(new LineLog(formatter, Console.OpenStandardOutput()));
        return factory;
    }
}
