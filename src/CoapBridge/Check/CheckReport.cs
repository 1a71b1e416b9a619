using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CoapBridge.Identity;

namespace CoapBridge.Check;

/// <summary>What <c>check</c> found, in groups.</summary>
internal sealed class CheckReport
{
    private readonly List<(string Name, List<Finding> Findings, string? Skipped)> _groups = [];

    private IEnumerable<Finding> All => _groups.SelectMany(group => group.Findings);

    /// <summary>0: all is well; 1: there are warnings; 2: there are problems.</summary>
    public int ExitCode => All.Select(finding => (int)finding.Level).DefaultIfEmpty(0).Max();

    public void Add(string name, IEnumerable<Finding> findings) => _groups.Add((name, [.. findings], null));

    /// <summary>A group that was not looked at, and why.</summary>
    public void Skip(string name, string why) => _groups.Add((name, [], why));

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var (name, findings, skipped) in _groups)
        {
            text.Append(name).Append('\n');
            if (skipped is not null)
            {
                text.Append("  - not looked at: ").Append(skipped).Append('\n');
            }

            foreach (var finding in findings)
            {
                text.Append(Lines(finding));
            }
        }

        return text.Append('\n').Append(Summary()).Append('\n').ToString();
    }

    /// <summary>A finding, and its remedy below it.</summary>
    public static string Lines(Finding finding) =>
        $"  {Sign(finding.Level)} {finding.Text}\n{(finding.Remedy is null ? "" : $"      → {finding.Remedy}\n")}";

    /// <summary>For programs.</summary>
    public string ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("result", Word((FindingLevel)ExitCode));
            json.WriteStartArray("groups");
            foreach (var (name, findings, skipped) in _groups)
            {
                WriteGroup(json, name, findings, skipped);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void WriteGroup(Utf8JsonWriter json, string name, List<Finding> findings, string? skipped)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        if (skipped is not null)
        {
            json.WriteString("skipped", skipped);
        }

        json.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("level", Word(finding.Level));
            json.WriteString("text", finding.Text);
            if (finding.Remedy is not null)
            {
                json.WriteString("remedy", finding.Remedy);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private string Summary()
    {
        var problems = All.Count(finding => finding.Level == FindingLevel.Problem);
        var warnings = All.Count(finding => finding.Level == FindingLevel.Warning);
        return (problems, warnings) switch
        {
            (0, 0) => "All is well.",
            (0, _) => $"It works; {Count(warnings, "thing")} should be looked at.",
            (_, 0) => $"{Count(problems, "problem")}.",
            _ => $"{Count(problems, "problem")}, and {Count(warnings, "thing")} that should be looked at.",
        };
    }

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private static string Sign(FindingLevel level) => level switch { FindingLevel.Good => "✓", FindingLevel.Warning => "‼", _ => "✗" };

    private static string Word(FindingLevel level) => level switch { FindingLevel.Good => "good", FindingLevel.Warning => "warning", _ => "problem" };
}
