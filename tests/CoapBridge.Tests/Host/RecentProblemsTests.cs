using System.Reflection;
using CoapBridge.Status;
using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Tests.Host;

public sealed class RecentProblemsTests : IDisposable
{
    private readonly SteppingClock _time = new();
    private readonly RecentProblems _problems;
    private readonly ILogger _log;

    public RecentProblemsTests()
    {
        _problems = new RecentProblems(_time);
        _log = _problems.CreateLogger("CoapBridge.Host");
    }

    public void Dispose() => _problems.Dispose();

    [Fact]
    public void A_warning_is_remembered_with_its_remedy_and_what_is_no_warning_is_not()
    {
        Log.Listening(_log, "0.0.0.0:5684");
        Log.Advice(_log, "the clock says 1970", "set the clock");
        var problem = Assert.Single(_problems.Reports);
        Assert.Equal((StatusLight.Yellow, "warning", "The clock says 1970.", "set the clock", 1L), (problem.Light, problem.Event, problem.What, problem.Remedy, problem.Count));
    }

    [Fact]
    public void The_same_again_is_counted_with_its_newest_particulars()
    {
        Log.UpstreamLost(_log, "broker", "PingTimeout", null, null, null, 1);
        Log.UpstreamLost(_log, "broker", "TransportLost", null, "reset", null, 2);
        var problem = Assert.Single(_problems.Reports);
        Assert.Equal(("The connection to the broker broker ended.", "without a word from the broker; reset", 2L), (problem.What, problem.Detail, problem.Count));
        Assert.Equal(TimeSpan.FromSeconds(1), problem.Last - problem.First);
        Assert.NotNull(problem.Remedy);
    }

    [Fact]
    public void What_the_template_says_counts_as_said()
    {
        Log.OutboxNotStored(_log, "disk full");
        var problem = Assert.Single(_problems.Reports);
        Assert.Equal((StatusLight.Red, "disk full"), (problem.Light, problem.Detail));
        Assert.StartsWith("make Outbox:File writable", problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void The_one_that_was_told_of_longest_ago_makes_room()
    {
        for (var number = 0; number < RecentProblems.Capacity; number++)
        {
            Log.Advice(_log, $"number {number}", "none");
        }

        Log.Advice(_log, "number 0", "none");
        Log.Advice(_log, "one more", "none");
        Assert.Equal(RecentProblems.Capacity, _problems.Reports.Count);
        Assert.Equal(["One more.", "Number 0."], _problems.Reports.Take(2).Select(problem => problem.What));
        Assert.DoesNotContain(_problems.Reports, problem => problem.What == "Number 1.");
    }

    [Fact]
    public async Task From_many_threads_none_is_lost()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var time = 0; time < 500; time++)
            {
                Log.NoRoom(_log, "d", "p");
            }
        })));
        Assert.Equal(4_000, Assert.Single(_problems.Reports).Count);
    }

    /// <summary>A line that somebody adds to the log is a sentence here without anything more to do.</summary>
    [Fact]
    public void Every_warning_of_ours_is_a_sentence_without_holes()
    {
        foreach (var (method, line) in Warnings())
        {
            method.Invoke(null, [_log, .. method.GetParameters().Skip(1).Select(Value)]);
            var problem = _problems.Reports[0];
            Assert.Equal(line.EventName, problem.Event);
            Assert.Matches("^[A-Z].*[.]$", problem.What);
            Assert.DoesNotContain("  ", problem.What, StringComparison.Ordinal);
            Assert.DoesNotContain(": .", problem.What, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_line_that_has_no_sentence_of_its_own_is_told_by_its_keys()
    {
        var entry = new ProblemEntry("door_stuck", [new("Problem", "it is open"), new("{OriginalFormat}", "problem={Problem} remedy=\"shut it\"")], "text", null);
        Assert.Equal(("Door stuck.", "it is open", "shut it"), ProblemWords.Of(entry));
    }

    private static IEnumerable<(MethodInfo Method, LoggerMessageAttribute Line)> Warnings() =>
        typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Select(method => (Method: method, Line: method.GetCustomAttribute<LoggerMessageAttribute>()!))
            .Where(one => one.Line?.Level >= LogLevel.Warning);

    private static object Value(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(string) ? $"the {parameter.Name}"
        : parameter.ParameterType == typeof(Exception) ? new InvalidOperationException("a bug")
        : Convert.ChangeType(7, Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A second later each time it is asked.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private long _seconds;

        public override DateTimeOffset GetUtcNow() => Snapshots.Now.AddSeconds(Interlocked.Increment(ref _seconds));
    }
}
