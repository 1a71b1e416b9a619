using System.Globalization;
using System.Text;
using System.Text.Json;
using CoapBridge.Coap;

namespace CoapBridge.Tools.Load;

/// <summary>The figures of a run, second by second and in all.</summary>
internal sealed class LoadSummary(LoadPlan plan, int devices)
{
    private static readonly (string Name, double Part)[] Percentiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly LoadFigures _total = new();
    private int _seconds;
    private int _steadySeconds;
    private long _steadyAnswers;
    private long _steadyHandshakes;
    private bool _wasSteady;
    private int _mostConnected;

    /// <summary>Nobody ever connected.</summary>
    public bool NobodyConnected => _total.Handshakes == 0;

    /// <summary>Everybody connected, every request was answered with 2.xx.</summary>
    public bool IsClean => _total is { Refused: 0, Lost: 0, Refusals.Count: 0, Disconnects.Count: 0 } && !NobodyConnected;

    /// <summary>Takes in the figures of the next second; returns its line.</summary>
    public string Add(LoadFigures second)
    {
        _seconds++;
        _total.Add(second);
        _mostConnected = Math.Max(_mostConnected, second.Connected);

        // A second counts for the rates when nobody was still to come, at its beginning and at its end.
        var isSteady = plan.Mode != LoadMode.Traffic || second.Connected == devices;
        if (isSteady && _wasSteady)
        {
            _steadySeconds++;
            _steadyAnswers += second.Answered;
            _steadyHandshakes += second.Handshakes;
        }

        _wasSteady = isSteady;
        var line = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"{_seconds,5} s  connected {second.Connected}  handshakes/s {second.Handshakes}"));
        var times = second.HandshakeTimes;
        if (plan.Mode == LoadMode.Traffic)
        {
            line.Append(CultureInfo.InvariantCulture, $"  requests/s {second.Answered}");
            AppendCodes(line, second);
            times = second.RequestTimes;
        }

        line.Append(CultureInfo.InvariantCulture, $"  p50 {Milliseconds(times.Percentile(0.5))}  p99 {Milliseconds(times.Percentile(0.99))}");
        AppendNonZero(line, "refused", second.Refusals.Values.Sum());
        AppendNonZero(line, "disconnected", second.Disconnects.Values.Sum());
        AppendNonZero(line, "again", second.Repeated);
        AppendNonZero(line, "skipped", second.Skipped);
        return line.Append(CultureInfo.InvariantCulture, $"  lost {second.Lost}").ToString();
    }

    public string ToText()
    {
        var text = new StringBuilder();
        var isTraffic = plan.Mode == LoadMode.Traffic;
        text.AppendLine(CultureInfo.InvariantCulture, $"in all, {_seconds} s, {devices} devices{(isTraffic ? $", at most {_mostConnected} connected" : "")}:");
        text.Append(CultureInfo.InvariantCulture, $"  handshakes  {_total.Handshakes} ({_total.Resumed} resumed), ");
        text.AppendLine(CultureInfo.InvariantCulture, $"{(isTraffic ? "" : $"{Rate(_steadyHandshakes):0.#} a second, ")}{Times(_total.HandshakeTimes)}");
        AppendReasons(text, "refused", _total.Refusals);
        if (isTraffic)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  requests    {_total.Sent} sent, {_total.Answered} answered, {Rate(_steadyAnswers):0.#} a second, {Times(_total.RequestTimes)}");
            var codes = AppendCodes(new StringBuilder(), _total).ToString().Trim();
            text.AppendLine(CultureInfo.InvariantCulture, $"  answers     {(codes.Length > 0 ? codes : "none")}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  losses      {_total.Repeated} sent again, {_total.Lost} never answered, {_total.Skipped} skipped because the window was full");
            AppendReasons(text, "disconnected", _total.Disconnects);
        }

        return text.ToString();
    }

    public string ToJson() => JsonSerializer.Serialize(
        new Dictionary<string, object>
        {
            ["mode"] = plan.Mode.ToString().ToLowerInvariant(),
            ["devices"] = devices,
            ["connected"] = _mostConnected,
            ["seconds"] = _seconds,
            ["steadySeconds"] = _steadySeconds,
            ["confirmable"] = plan.Confirmable,
            ["payloadBytes"] = plan.PayloadSize,
            ["window"] = plan.Window,
            ["rate"] = plan.Rate ?? 0,
            ["connectionIds"] = plan.ConnectionIds,
            ["handshakes"] = new Dictionary<string, object>
            {
                ["count"] = _total.Handshakes,
                ["resumed"] = _total.Resumed,
                ["perSecond"] = Rate(_steadyHandshakes),
                ["refused"] = _total.Refusals,
                ["milliseconds"] = TimesAsNumbers(_total.HandshakeTimes),
            },
            ["requests"] = new Dictionary<string, object>
            {
                ["sent"] = _total.Sent,
                ["answered"] = _total.Answered,
                ["perSecond"] = Rate(_steadyAnswers),
                ["codes"] = _total.Codes.Index().Where(code => code.Item > 0).ToDictionary(code => $"{new CoapCode((byte)code.Index)}", code => code.Item),
                ["repeated"] = _total.Repeated,
                ["lost"] = _total.Lost,
                ["skipped"] = _total.Skipped,
                ["milliseconds"] = TimesAsNumbers(_total.RequestTimes),
            },
            ["disconnected"] = _total.Disconnects,
        },
        Indented);

    private double Rate(long count) => _steadySeconds == 0 ? 0 : Math.Round((double)count / _steadySeconds, 1);

    private static StringBuilder AppendCodes(StringBuilder line, LoadFigures figures)
    {
        foreach (var (code, count) in figures.Codes.Index().Where(code => code.Item > 0))
        {
            line.Append(CultureInfo.InvariantCulture, $"  {new CoapCode((byte)code)} {count}");
        }

        return line;
    }

    private static void AppendNonZero(StringBuilder line, string what, long count)
    {
        if (count > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $"  {what} {count}");
        }
    }

    private static void AppendReasons(StringBuilder text, string what, Dictionary<string, long> reasons)
    {
        foreach (var (reason, count) in reasons.OrderByDescending(entry => entry.Value))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {what,-12}{count} {reason}");
        }
    }

    private static string Times(Latencies times) => times.Count == 0
        ? "no times"
        : string.Join("  ", Percentiles.Select(percentile => $"{percentile.Name} {Milliseconds(times.Percentile(percentile.Part))}").Append($"max {Milliseconds(times.Longest)}"));

    private static Dictionary<string, double> TimesAsNumbers(Latencies times) =>
        Percentiles.Where(_ => times.Count > 0).Append(("max", 1)).ToDictionary(
            percentile => percentile.Item1, percentile => Math.Round(times.Percentile(percentile.Item2)?.TotalMilliseconds ?? 0, 3));

    private static string Milliseconds(TimeSpan? time) => time is not { } value ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds.ToString(value.TotalMilliseconds >= 100 ? "0" : value.TotalMilliseconds >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture)} ms");
}
