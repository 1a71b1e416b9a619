using CoapBridge.Check;
using CoapBridge.Identity;

namespace CoapBridge.Init;

/// <summary>Asks one thing after the other. Each answer is tested at once; one that does not do is asked for again, with the reason.</summary>
/// <param name="input">Answers, a line each.</param>
/// <param name="output">Questions, and what the tests say.</param>
/// <param name="asks">False: nobody is there; only what was given, or the default, is tested.</param>
/// <param name="echoes">Answers do not come from a terminal, which shows them by itself.</param>
internal sealed class Interview(TextReader input, TextWriter output, bool asks, bool echoes)
{
    /// <summary>Whether something was taken although its test failed.</summary>
    public bool HasDoubts { get; private set; }

    /// <summary>An answer that does; null when there is none.</summary>
    /// <param name="question">What is asked.</param>
    public async Task<string?> AskAsync(Question question)
    {
        var offered = question.Given;
        string? last = null;
        while (true)
        {
            var answer = offered ?? Read(question);
            if (answer is null)
            {
                return null;
            }

            if (offered is not null)
            {
                output.WriteLine($"{question.Text}: {offered}");
            }

            var findings = await question.Test(answer).ConfigureAwait(false);
            foreach (var finding in findings)
            {
                output.Write(CheckReport.Lines(finding));
            }

            if (!findings.Any(finding => finding.Level == FindingLevel.Problem))
            {
                return answer;
            }

            if (question.MayFail(answer) && (!asks || answer == last))
            {
                HasDoubts = true;
                output.WriteLine("  taken all the same");
                return answer;
            }

            if (!asks)
            {
                return null;
            }

            if (question.MayFail(answer))
            {
                output.WriteLine("  (the same answer once more takes it all the same)");
            }

            (last, offered) = (answer, null);
        }
    }

    /// <summary>Yes only when somebody says so.</summary>
    public bool Confirm(string text)
    {
        output.Write($"{text} [y/N] ");
        output.Flush();
        return asks && input.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }

    private string? Read(Question question)
    {
        if (!asks)
        {
            output.WriteLine($"{question.Text}: {question.Fallback ?? "there is no default for this"}");
            return question.Fallback;
        }

        while (true)
        {
            output.Write(question.Fallback is { Length: > 0 } ? $"{question.Text} [{question.Fallback}]: " : $"{question.Text}: ");
            output.Flush();
            var answer = input.ReadLine()?.Trim();
            if (echoes || answer is null)
            {
                output.WriteLine(answer);
            }

            if (answer is not "" || question.Fallback is not null)
            {
                return answer is "" ? question.Fallback : answer;
            }
        }
    }
}
