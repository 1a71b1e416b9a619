using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary><c>config/grafana-dashboard.json</c> and <c>config/prometheus-alerts.yml</c> ask for nothing that <c>/metrics</c> does not have.</summary>
public sealed partial class DashboardTests : IDisposable
{
    // What Prometheus itself puts on every series.
    private static readonly string[] Prometheus = ["instance", "job", "le"];

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task Every_metric_and_label_that_they_use_is_at_the_worker()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();
        Assert.Equal("2.04", await device.PostAsync("21.5"));
        using var stranger = OwnDevice.Of(worker, _pki.Stranger.Issue(new() { CommonName = "stranger" }));
        await stranger.RunUntilAsync(() => stranger.Failure is not null);

        var (_, text) = await worker.GetAsync("/metrics");
        var labels = Families(text);
        var expressions = Dashboard().Concat(Alerts()).ToList();
        Assert.InRange(expressions.Count, 40, 200);
        foreach (var expression in expressions)
        {
            foreach (var (name, used) in Selectors(expression))
            {
                Assert.True(labels.TryGetValue(name, out var known), $"no metric {name}: {expression}");
                Assert.True(known!.Count == 0 || used.All(label => Prometheus.Contains(label) || known.Contains(label)), $"{name} has no such label: {expression}");
            }

            // Whatever is grouped by must be somewhere in the expression's metrics.
            var groups = GroupLabels().Matches(expression).SelectMany(match => match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)).Except(Prometheus);
            var available = Selectors(expression).SelectMany(selector => labels[selector.Name]).ToList();
            Assert.All(groups, label => Assert.True(available.Count == 0 || available.Contains(label), $"nothing has the label {label}: {expression}"));
        }
    }

    [Fact]
    public async Task The_alerts_are_rules_that_Prometheus_takes()
    {
        await using var promtool = ChildProcess.Start(InstalledProgram.Find("promtool"), ["check", "rules", RepositoryFolder.Find("config", "prometheus-alerts.yml")]);
        Assert.True(await promtool.WaitForExitAsync(TimeSpan.FromSeconds(20)) == 0, promtool.Output);
        Assert.Contains($"{Alerts().Count()} rules found", promtool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_panel_says_what_it_shows_and_none_covers_another()
    {
        var panels = JsonNode.Parse(File.ReadAllText(RepositoryFolder.Find("config", "grafana-dashboard.json")))!["panels"]!.AsArray();
        var taken = new HashSet<(int, int)>();
        foreach (var panel in panels)
        {
            var place = panel!["gridPos"]!;
            var (x, y, w, h) = (place["x"]!.GetValue<int>(), place["y"]!.GetValue<int>(), place["w"]!.GetValue<int>(), place["h"]!.GetValue<int>());
            Assert.InRange(x + w, 1, 24);
            Assert.All(Enumerable.Range(0, w * h), cell => Assert.True(taken.Add((x + (cell % w), y + (cell / w))), $"{panel["title"]} covers another panel"));
            Assert.True(panel["type"]!.GetValue<string>() == "row" || panel["description"]!.GetValue<string>().Length > 10);
        }

        Assert.Equal(panels.Count, panels.Select(panel => panel!["id"]!.GetValue<int>()).Distinct().Count());
    }

    /// <summary>The families at /metrics, histograms by their buckets too, with the labels that their series have so far.</summary>
    private static Dictionary<string, HashSet<string>> Families(string text)
    {
        var families = new Dictionary<string, HashSet<string>>();
        foreach (Match type in TypeLine().Matches(text))
        {
            foreach (var suffix in type.Groups[2].Value == "histogram" ? ["_bucket", "_sum", "_count"] : new[] { "" })
            {
                families[type.Groups[1].Value + suffix] = [];
            }
        }

        foreach (Match sample in SampleLine().Matches(text))
        {
            families[sample.Groups[1].Value].UnionWith(LabelName().Matches(sample.Groups[2].Value).Select(label => label.Groups[1].Value));
        }

        return families;
    }

    private static IEnumerable<string> Dashboard() =>
        Expressions(JsonNode.Parse(File.ReadAllText(RepositoryFolder.Find("config", "grafana-dashboard.json")))!);

    private static IEnumerable<string> Expressions(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => field.Key is "expr" or "query" && field.Value is JsonValue value && value.ToString().Contains("coapbridge_", StringComparison.Ordinal)
            ? [value.ToString()] : Expressions(field.Value)),
        JsonArray items => items.SelectMany(Expressions),
        _ => [],
    };

    private static IEnumerable<string> Alerts() =>
        AlertExpression().Matches(File.ReadAllText(RepositoryFolder.Find("config", "prometheus-alerts.yml"))).Select(match => match.Groups[1].Value);

    private static IEnumerable<(string Name, IEnumerable<string> Labels)> Selectors(string expression) =>
        Selector().Matches(expression).Select(match => (match.Groups[1].Value, LabelName().Matches(match.Groups[2].Value).Select(label => label.Groups[1].Value)));

    [GeneratedRegex(@"^# TYPE (\S+) (\w+)$", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^(coapbridge_\w+)\{(.*)\} \S+$", RegexOptions.Multiline)]
    private static partial Regex SampleLine();

    [GeneratedRegex(@"(coapbridge_\w+)(?:\{([^}]*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex(@"(\w+)\s*(?:=~|!~|!=|=)")]
    private static partial Regex LabelName();

    [GeneratedRegex(@"\bby \(([^)]*)\)")]
    private static partial Regex GroupLabels();

    // One line, or a block that is indented deeper.
    [GeneratedRegex(@"^        expr: (?:\|\n)?((?:.*)(?:\n          .*)*)", RegexOptions.Multiline)]
    private static partial Regex AlertExpression();
}
