namespace CoapBridge.Interop.Tests.Harness;

/// <summary>A line of the peer programs in tests/interop: a word, then <c>name=value</c> pairs in URL encoding.</summary>
internal sealed class ResultLine
{
    private readonly Dictionary<string, string> _values;

    private ResultLine(string text, string word, Dictionary<string, string> values)
    {
        Text = text;
        Word = word;
        _values = values;
    }

    public string Text { get; }

    public string Word { get; }

    public string this[string name] => _values.TryGetValue(name, out var value) ? value : throw new KeyNotFoundException($"no {name} in: {Text}");

    /// <summary>Lines that are none are left out, such as what a Java machine says about its own options.</summary>
    public static IReadOnlyList<ResultLine> ParseAll(IEnumerable<string> lines) => [.. lines.Select(TryParse).OfType<ResultLine>()];

    public override string ToString() => Text;

    private static ResultLine? TryParse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words.Skip(1).Any(word => !word.Contains('=', StringComparison.Ordinal)))
        {
            return null;
        }

        var pairs = words.Skip(1).Select(word => word.Split('=', 2));
        return new(line, words[0], pairs.ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1].Replace('+', ' '))));
    }
}
