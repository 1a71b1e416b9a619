using System.Diagnostics;

namespace CoapBridge.Fuzz;

/// <summary>Sessions of one target, until there were enough steps or the time is over.</summary>
internal sealed class FuzzRun(FuzzTarget target, int seed, TextWriter output)
{
    /// <summary>After so many failures the next one tells nothing new.</summary>
    private const int MaximumFailures = 10;

    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(60);

    public long Steps { get; private set; }

    public int Failures { get; private set; }

    /// <param name="count">Steps at least.</param>
    /// <param name="limit">Time at most.</param>
    /// <param name="folder">Where sessions that failed are written.</param>
    public void Run(long count, TimeSpan limit, string folder)
    {
        var clock = Stopwatch.StartNew();
        var report = ReportEvery;
        long session = 0;
        for (; Steps < count && clock.Elapsed < limit && Failures < MaximumFailures; session++)
        {
            RunSession(session, folder);
            if (clock.Elapsed >= report)
            {
                report += ReportEvery;
                output.WriteLine($"{target.Name}: {Steps:N0} steps in {clock.Elapsed:hh\\:mm\\:ss}");
            }
        }

        output.WriteLine(
            $"{target.Name}: seed {seed}, {Steps:N0} steps in {session:N0} sessions, {clock.Elapsed:hh\\:mm\\:ss}, {Failures} failures{target.Reached}");
    }

    private void RunSession(long session, string folder)
    {
        var mutator = new Mutator(HashCode(session));
        var taken = new List<byte[]>(target.Steps);
        try
        {
            target.Begin();
            target.Plan(mutator);
            for (var step = 0; step < target.Steps; step++)
            {
                var next = target.Next(mutator);
                taken.Add(next);
                Steps++;
                target.Apply(next);
            }

            target.End();
        }
#pragma warning disable CA1031 // Whatever it is, it is what we are looking for.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failures++;
            var file = Path.Combine(folder, FuzzSession.NameOf(target, seed, session));
            FuzzSession.Write(file, taken, failure.Message);
            output.WriteLine($"{target.Name}: seed {seed}, session {session}, step {taken.Count}: {failure}{Environment.NewLine}  replay: --replay {file}");
        }
    }

    /// <summary>The same for the same seed and session in every process.</summary>
    private int HashCode(long session) => unchecked((int)(((ulong)seed * 0x9E3779B97F4A7C15) ^ ((ulong)session * 0xC2B2AE3D27D4EB4F) >> 17));
}
