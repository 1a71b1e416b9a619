using System.Globalization;

namespace CoapBridge.Options;

/// <summary>
/// Reads typed values out of layered settings and collects every error. Each key that is asked for becomes known;
/// what was set but never asked for is reported by <see cref="RefuseUnknownKeys"/>.
/// </summary>
/// <param name="layers">The sources, weakest first.</param>
/// <param name="errors">Where errors are added.</param>
internal sealed class SettingsReader(IReadOnlyList<IReadOnlyList<Setting>> layers, ICollection<OptionsError> errors)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _lists = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every key that was asked for.</summary>
    public IReadOnlyCollection<string> Known => _known;

    /// <summary>The value of a key; <paramref name="fallback"/> when it is absent, null, empty or wrong.</summary>
    public T Value<T>(string key, Func<string, Checked<T>> rule, T fallback) =>
        Find(key) is { Value: { Length: > 0 } text } setting && TryCheck(key, text, setting.Origin, rule, out var value)
            ? value
            : fallback;

    /// <summary>As <see cref="Value"/>, for a key without a default.</summary>
    public T Required<T>(string key, Func<string, Checked<T>> rule, T placeholder)
    {
        if (Find(key) is not { Value.Length: > 0 } found)
        {
            errors.Add(new OptionsError(key, "is required"));
            return placeholder;
        }

        return TryCheck(key, found.Value, found.Origin, rule, out var value) ? value : placeholder;
    }

    /// <summary>Whether any source gives the key a value.</summary>
    public bool IsSet(string key) => Find(key) is { Value.Length: > 0 };

    /// <summary>Whether any source gives the section, or a key in it, a value.</summary>
    public bool HasSection(string section) => layers.SelectMany(layer => layer).Any(setting => setting.Value is { Length: > 0 } && IsAtOrUnder(setting.Key, section));

    /// <summary>
    /// The elements of a list: of the strongest source that says anything about it. Without an index the value is
    /// comma-separated; either way it replaces the whole list of the weaker sources.
    /// </summary>
    public IReadOnlyList<T> List<T>(string key, Func<string, Checked<T>> rule, IReadOnlyList<T> fallback)
    {
        _known.Add(key);
        _lists.Add(key);
        var elements = Elements(key);
        if (elements is null)
        {
            return fallback;
        }

        var values = new List<T>();
        foreach (var element in elements)
        {
            if (TryCheck(key, element.Value ?? "", element.Origin, rule, out var value))
            {
                values.Add(value);
            }
        }

        return values;
    }

    /// <summary>Adds an error when a source gives the list but without elements.</summary>
    public void RefuseEmpty(string key, string problem)
    {
        if (Elements(key) is { } elements && !elements.Any())
        {
            errors.Add(new OptionsError(key, problem));
        }
    }

    /// <summary>Adds an error when a source gives the key of a section a value of its own; an empty one sets nothing.</summary>
    public void RefuseValue(string key, string problem)
    {
        if (Find(key) is { Value.Length: > 0 } found)
        {
            errors.Add(new OptionsError(key, problem, found.Value, found.Origin));
        }
    }

    /// <summary>Adds an error that a section found by itself.</summary>
    public void Refuse(OptionsError error) => errors.Add(error);

    /// <summary>The places, from 0, of the objects in a list; keys within them are asked for as <c>List:0:Key</c>.</summary>
    public IReadOnlyList<int> Places(string list) =>
        [.. layers.SelectMany(layer => layer).Where(setting => IsAtOrUnder(setting.Key, list) && setting.Key.Length > list.Length)
            .Select(setting => setting.Key[(list.Length + 1)..].Split(':')[0])
            .Where(place => place.Length < 6 && place.All(char.IsAsciiDigit)).Select(place => int.Parse(place, CultureInfo.InvariantCulture)).Distinct().Order()];

    /// <summary>Adds an error for every key that was set but that nothing asked for. Call last.</summary>
    public void RefuseUnknownKeys()
    {
        var asked = _known.ToList();
        foreach (var setting in layers.SelectMany(layer => layer).Where(setting => !IsKnown(setting.Key)))
        {
            if (setting.Value is null && IsSection(setting.Key, asked))
            {
                continue; // an empty section sets nothing
            }

            var problem = IsSection(setting.Key, asked) ? $"is a section; its keys are {KeysOf(setting.Key, asked)}"
                : UnderScalar(setting.Key, asked) is { } scalar ? $"{scalar} takes one value, not a list or a section"
                : Suggestion.For(setting.Key, asked) is { } near ? $"unknown key; did you mean {near}?"
                : "unknown key";
            errors.Add(new OptionsError(setting.Key, problem, setting.Value, setting.Origin));
        }
    }

    private Setting? Find(string key)
    {
        _known.Add(key);
        return layers.Reverse().Select(layer => layer.LastOrDefault(setting => Same(setting.Key, key))).FirstOrDefault(found => found is not null);
    }

    private IEnumerable<Setting>? Elements(string key)
    {
        foreach (var layer in layers.Reverse())
        {
            var own = layer.Where(setting => IsAtOrUnder(setting.Key, key) && IsElement(setting.Key, key)).ToList();
            if (own.Find(setting => Same(setting.Key, key)) is { } whole)
            {
                return (whole.Value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(part => whole with { Value = part });
            }

            if (own.Count > 0)
            {
                return own.OrderBy(setting => int.Parse(setting.Key[(key.Length + 1)..], CultureInfo.InvariantCulture));
            }
        }

        return null;
    }

    private bool TryCheck<T>(string key, string text, string origin, Func<string, Checked<T>> rule, out T value)
    {
        var result = rule(text);
        if (result.Problem is not null)
        {
            errors.Add(new OptionsError(key, result.Problem, text, origin));
        }

        value = result.Value!;
        return result.Problem is null;
    }

    private bool IsKnown(string key) => _known.Contains(key) || _lists.Any(list => IsAtOrUnder(key, list) && IsElement(key, list));

    private static bool IsElement(string key, string list) =>
        key.Length == list.Length || (key.Length - list.Length - 1 is > 0 and < 6 && key.AsSpan(list.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0);

    private static bool IsSection(string key, IEnumerable<string> asked) => asked.Any(one => one.Length > key.Length && IsAtOrUnder(one, key));

    private static string KeysOf(string section, IEnumerable<string> asked) =>
        string.Join(", ", asked.Where(one => IsAtOrUnder(one, section)).Select(one => one[(section.Length + 1)..].Split(':')[0]).Distinct());

    private static string? UnderScalar(string key, IEnumerable<string> asked) => asked.FirstOrDefault(one => IsAtOrUnder(key, one));

    private static bool IsAtOrUnder(string key, string parent) =>
        key.StartsWith(parent, StringComparison.OrdinalIgnoreCase) && (key.Length == parent.Length || key[parent.Length] == ':');

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
