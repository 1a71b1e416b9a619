using Microsoft.Extensions.Logging;

namespace CoapBridge.Status;

/// <summary>
/// What the log had to warn of lately, in plain words: the same problem once, with how often it came. Any thread may add to it,
/// and none waits: whoever finds it changed tries again.
/// </summary>
internal sealed class RecentProblems(TimeProvider time) : ILoggerProvider, ILogger
{
    /// <summary>So many are remembered; the one that was told of longest ago goes first.</summary>
    public const int Capacity = 50;

    private ProblemReport[] _reports = [];

    /// <summary>The newest first.</summary>
    public IReadOnlyList<ProblemReport> Reports => [.. Volatile.Read(ref _reports).OrderByDescending(problem => problem.Last)];

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            var entry = new ProblemEntry(eventId.Name ?? "log", state as IReadOnlyList<KeyValuePair<string, object?>> ?? [], formatter(state, exception), exception);
            var (what, detail, remedy) = ProblemWords.Of(entry);
            var now = time.GetUtcNow();
            var light = logLevel >= LogLevel.Error ? StatusLight.Red : StatusLight.Yellow;
            Add(new ProblemReport(light, entry.Event, what, detail, remedy, now, now, 1));
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose()
    {
        // Nothing is held but memory.
    }

    private void Add(ProblemReport problem)
    {
        ProblemReport[] before;
        do
        {
            before = Volatile.Read(ref _reports);
        }
        while (Interlocked.CompareExchange(ref _reports, With(before, problem), before) != before);
    }

    private static ProblemReport[] With(ProblemReport[] reports, ProblemReport added)
    {
        var known = reports.FirstOrDefault(one => one.Event == added.Event && one.What == added.What);
        var gone = known ?? (reports.Length < Capacity ? null : reports.MinBy(one => one.Last));
        return [.. reports.Where(one => one != gone), known is null ? added : added with { First = known.First, Count = known.Count + 1 }];
    }
}
