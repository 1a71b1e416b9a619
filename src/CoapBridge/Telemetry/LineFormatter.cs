using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Telemetry;

/// <summary>
/// One line per event: <c>event key=value …</c>, with the event's name from the log message's EventName and the keys
/// of its template. A terminal gets time and level in front; the journal, which knows the time, gets
/// the syslog priority that it strips.
/// </summary>
/// <param name="toJournal">Whether standard output is the journal.</param>
/// <param name="time">The clock of the time stamps.</param>
internal sealed class LineFormatter(bool toJournal, TimeProvider time)
{
    private const string OwnCategory = "CoapBridge";

    /// <summary>The line, with its end.</summary>
    public string Format<TState>(in LogEntry<TState> logEntry)
    {
        var line = new StringBuilder(Prefix(logEntry.LogLevel));
        if (logEntry.Category.StartsWith(OwnCategory, StringComparison.Ordinal) && logEntry.EventId.Name is { Length: > 0 } name)
        {
            line.Append(name);
            AppendState(line, logEntry.State as IReadOnlyList<KeyValuePair<string, object?>> ?? []);
        }
        else
        {
            Append(line.Append("log"), "category", logEntry.Category);
            Append(line, "message", logEntry.Formatter(logEntry.State, logEntry.Exception));
        }

        if (logEntry.Exception is { } exception)
        {
            Append(line, "exception", $"{exception.GetType().Name}: {exception.Message}");
            Append(line, "at", exception.StackTrace?.ReplaceLineEndings(" ").Trim());
        }

        return line.Append('\n').ToString();
    }

    /// <summary>What comes before the event's name.</summary>
    public string Prefix(LogLevel level) => toJournal ? $"<{SyslogPriority(level)}>"
        : $"{time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)} {Word(level)} ";

    /// <summary>In the order, and by the keys, of the message's template; what it says whatever its values are is on the line too.</summary>
    private static void AppendState(StringBuilder line, IReadOnlyList<KeyValuePair<string, object?>> state)
    {
        var values = state.ToDictionary();
        foreach (var (key, isName, text) in Parts(values.GetValueOrDefault("{OriginalFormat}") as string ?? ""))
        {
            var value = isName ? values.GetValueOrDefault(text) : text;
            Append(line, key, value switch
            {
                null => null,
                bool flag => flag ? "true" : "false",
                _ => Convert.ToString(value, CultureInfo.InvariantCulture),
            });
        }
    }

    /// <summary>Those of a template: <c>key={Name}</c> and <c>key="text"</c>.</summary>
    private static IEnumerable<(string Key, bool IsName, string Text)> Parts(string template)
    {
        for (int at = 0, equals; (equals = template.IndexOf('=', at)) > 0 && equals < template.Length - 1;)
        {
            var key = template[(template.LastIndexOf(' ', equals) + 1)..equals];
            var isName = template[equals + 1] == '{';
            var end = template.IndexOf(isName ? '}' : '"', equals + 2);
            if (end < 0)
            {
                yield break;
            }

            yield return (key, isName, template[(equals + 2)..end]);
            at = end + 1;
        }
    }

    private static void Append(StringBuilder line, string key, string? value)
    {
        if (value is not null)
        {
            line.Append(' ').Append(key).Append('=').Append(LogValue.Format(value));
        }
    }

    private static int SyslogPriority(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Critical => "critical",
        LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        LogLevel.Information => "info",
        _ => "debug",
    };
}
