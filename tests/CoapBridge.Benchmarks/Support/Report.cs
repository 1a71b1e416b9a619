using System.Globalization;

namespace CoapBridge.Benchmarks.Support;

/// <summary>Prints a line for each figure: the median of its runs, their spread, the target, and how busy the machine was.</summary>
internal static class Report
{
    public const int Runs = 5;

    /// <summary>Lines that missed their target.</summary>
    public static List<string> Missed { get; } = [];

    public static void Begin(string title) => Console.WriteLine($"{Environment.NewLine}{title}   [load {Load()}, {Environment.ProcessorCount} processors]");

    /// <summary>Runs it five times after one run that does not count, prints the median, and returns it.</summary>
    public static double Median(string what, string unit, Func<double> run, double? target = null)
    {
        run();
        return Line(what, unit, [.. Enumerable.Range(0, Runs).Select(_ => run())], target);
    }

    /// <summary>Prints the median of what was measured, and returns it.</summary>
    public static double Line(string what, string unit, double[] values, double? target = null, string note = "")
    {
        Array.Sort(values);
        var median = values[values.Length / 2];
        var verdict = target is not { } limit ? "" : median <= limit ? $"   target {Number(limit)}: reached" : $"   target {Number(limit)}: MISSED";
        var line = $"  {what,-52} {Number(median),10} {unit,-6} ({Number(values[0])} to {Number(values[^1])}){verdict}{(note.Length > 0 ? "   " + note : "")}";
        Console.WriteLine(line);
        if (median > target)
        {
            Missed.Add(line);
        }

        return median;
    }

    public static void Note(string text) => Console.WriteLine("  " + text);

    public static void Ratio(string what, double ours, double theirs) =>
        Console.WriteLine($"  {what,-52} {(ours / theirs).ToString("0.00", CultureInfo.InvariantCulture),10} ×");

    private static string Number(double value) =>
        value.ToString(value >= 1000 ? "#,0" : value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    private static string Load() => File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown";
}
