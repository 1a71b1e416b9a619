namespace CoapBridge.Options;

/// <summary>
/// Section <c>Routes</c>, which comes later: it may be left out, or be exactly the list that the documentation shows.
/// Either way the default routes are in force.
/// </summary>
internal static class Routes
{
    private static readonly Dictionary<string, string> _sample = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Routes:0:Path"] = "t/{*sub}",
        ["Routes:0:Kind"] = "Publish",
        ["Routes:0:Topic"] = "{prefix}/{device}/t/{sub}",
        ["Routes:0:Keep"] = "False",
        ["Routes:0:MaxBody"] = "65536",
    };

    public static void Read(SettingsReader reader)
    {
        var given = reader.Subtree("Routes").Where(setting => setting.Key.Contains(':', StringComparison.Ordinal) || setting.Value is { Length: > 0 }).ToList();
        var isSample = given.Count == _sample.Count && given.TrueForAll(setting =>
            _sample.TryGetValue(setting.Key, out var value) && string.Equals(value, setting.Value, StringComparison.OrdinalIgnoreCase));
        if (given.Count > 0 && !isSample)
        {
            reader.Refuse(OptionsError.NotYetAvailable("Routes", null, given[0].Origin));
        }
    }
}
