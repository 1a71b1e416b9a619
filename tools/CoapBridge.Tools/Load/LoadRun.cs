using System.Threading.Channels;

namespace CoapBridge.Tools.Load;

/// <summary>A run of the verb <c>load</c>: its threads, a line a second, the summary.</summary>
/// <param name="plan">What to do.</param>
/// <param name="target">With whom.</param>
internal sealed class LoadRun(LoadPlan plan, LoadTarget target)
{
    /// <summary>Until it is over or stopped; either way the summary has all that was done.</summary>
    public async Task<LoadSummary> RunAsync(Action<string> tell, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var failures = Channel.CreateUnbounded<Exception>();
        var summary = new LoadSummary(plan, target.Devices.Count);
        var readers = Enumerable.Range(0, plan.Threads).Select(number => Start(number, failures.Writer, over)).ToList();
        while (readers.Count > 0)
        {
            var second = new LoadFigures();
            foreach (var reader in readers.ToList())
            {
                if (!await reader.WaitToReadAsync(CancellationToken.None) || !reader.TryRead(out var part))
                {
                    readers.Remove(reader);
                    continue;
                }

                second.Add(part);
            }

            if (readers.Count > 0)
            {
                tell(summary.Add(second));
            }
        }

        return failures.Reader.TryRead(out var bug) ? throw bug : summary;
    }

    private ChannelReader<LoadFigures> Start(int number, ChannelWriter<Exception> failures, CancellationTokenSource over)
    {
        var figures = Channel.CreateUnbounded<LoadFigures>();
        var own = target with { Devices = [.. target.Devices.Where((_, index) => index % plan.Threads == number)] };
        var part = plan with { Rate = plan.Rate / plan.Threads, AtATime = Math.Max(1, plan.AtATime / plan.Threads) };
        var thread = new LoadThread(part, own, figures.Writer, over.Token);
        new Thread(() =>
        {
            try
            {
                thread.Run();
            }
            catch (Exception exception)
            {
                failures.TryWrite(exception);
                figures.Writer.TryComplete();
                over.Cancel();
            }
        })
        { Name = $"load-{number}", IsBackground = true }.Start();
        return figures.Reader;
    }
}
