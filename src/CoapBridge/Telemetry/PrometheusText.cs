using System.Globalization;
using System.Text;

namespace CoapBridge.Telemetry;

/// <summary>
/// Prometheus' text exposition format, version 0.0.4: dots become underscores, the unit and (for counters)
/// <c>_total</c> are appended.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            Append(text, family);
        }

        return text.ToString();
    }

    /// <summary>The family's name at <c>/metrics</c>.</summary>
    public static string NameOf(MetricFamily family)
    {
        var name = new StringBuilder();
        foreach (var one in family.Instrument.Name)
        {
            name.Append(char.IsAsciiLetterOrDigit(one) ? one : '_');
        }

        var unit = family.Instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "", // {…} is an annotation for people, not a unit
        };
        return name.Append(unit).Append(family.Kind == MetricKind.Counter ? "_total" : "").ToString();
    }

    private static void Append(StringBuilder text, MetricFamily family)
    {
        var name = NameOf(family);
        var type = family.Kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        };
        if (family.Instrument.Description is { Length: > 0 } help)
        {
            text.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(help)).Append('\n');
        }

        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        foreach (var series in family.Series)
        {
            if (family.Kind == MetricKind.Histogram)
            {
                AppendHistogram(text, name, family, series);
            }
            else
            {
                AppendSample(text, name, series.Tags, null, series.Sum);
            }
        }
    }

    private static void AppendHistogram(StringBuilder text, string name, MetricFamily family, MetricSeries series)
    {
        var counts = series.Cumulative();
        for (var bucket = 0; bucket < family.Boundaries.Count; bucket++)
        {
            AppendSample(text, name + "_bucket", series.Tags, Number(family.Boundaries[bucket]), counts[bucket]);
        }

        AppendSample(text, name + "_bucket", series.Tags, "+Inf", counts[^1]);
        AppendSample(text, name + "_sum", series.Tags, null, series.Sum);
        AppendSample(text, name + "_count", series.Tags, null, counts[^1]);
    }

    private static void AppendSample(StringBuilder text, string name, IReadOnlyList<KeyValuePair<string, object?>> tags, string? bound, double value)
    {
        var labels = tags.Select(tag => (tag.Key, Value: Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "")).ToList();
        if (bound is not null)
        {
            labels.Add(("le", bound));
        }

        text.Append(name);
        if (labels.Count > 0)
        {
            text.Append('{').AppendJoin(',', labels.Select(label => $"{label.Key}=\"{EscapeLabel(label.Value)}\"")).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string EscapeHelp(string help) => help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeLabel(string value) => EscapeHelp(value).Replace("\"", "\\\"", StringComparison.Ordinal);
}
