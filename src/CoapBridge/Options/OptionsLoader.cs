using System.Collections;

namespace CoapBridge.Options;

/// <summary>From the three sources to <see cref="BridgeOptions"/>, with every error at once.</summary>
internal static class OptionsLoader
{
    /// <summary>
    /// Reads and checks the whole configuration. When <paramref name="errors"/> is empty afterwards the options are
    /// good; otherwise faulty values hold their defaults, and nothing may be started.
    /// </summary>
    /// <param name="file">The JSON file; relative paths in the configuration are relative to its folder.</param>
    /// <param name="environment">The environment variables.</param>
    /// <param name="arguments">Settings of the command line, <c>--Section:Key=value</c>.</param>
    /// <param name="errors">Receives every error.</param>
    public static BridgeOptions Load(string file, IDictionary environment, IEnumerable<string> arguments, ICollection<OptionsError> errors)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var path = Path.GetFullPath(file);
        var before = errors.Count;
        var settings = SettingSources.FromFile(path, errors);
        var readable = errors.Count == before;
        var reader = new SettingsReader(
            [settings, SettingSources.FromEnvironment(environment), SettingSources.FromCommandLine(arguments, errors)],
            readable ? errors : new List<OptionsError>()); // what a file that nobody could read left out is no second error
        var options = Sections.Read(reader, path, (string?)environment["STATE_DIRECTORY"]);
        reader.RefuseUnknownKeys();
        return options;
    }
}
