using System.Collections;
using Microsoft.Extensions.Configuration;

namespace CoapBridge.Options;

/// <summary>
/// Reads the three sources, weakest first: the JSON file (comments allowed), environment variables
/// <c>COAPBRIDGE_Section__Key</c>, command-line options <c>--Section:Key=value</c>.
/// </summary>
internal static class SettingSources
{
    private const string Prefix = "COAPBRIDGE_";

    /// <summary>Every key that the file sets. What keeps the file from being read is added to <paramref name="errors"/>.</summary>
    public static IReadOnlyList<Setting> FromFile(string file, ICollection<OptionsError> errors)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var pairs = new ConfigurationBuilder().AddJsonStream(stream).Build().AsEnumerable().ToList();
            var sections = pairs.Select(pair => Parent(pair.Key)).ToHashSet(StringComparer.OrdinalIgnoreCase);
            return [.. pairs.Where(pair => !sections.Contains(pair.Key)).Select(pair => new Setting(pair.Key, pair.Value, file))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add(new OptionsError("--config", $"cannot be read: {exception.Message}", file));
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException or System.Text.Json.JsonException)
        {
            // The inner exception names the line; the outer one only says that parsing failed.
            errors.Add(new OptionsError("--config", $"is not valid JSON: {(exception.InnerException ?? exception).Message}", file));
        }

        return [];
    }

    public static IReadOnlyList<Setting> FromEnvironment(IDictionary variables)
    {
        var settings = new List<Setting>();
        foreach (DictionaryEntry variable in variables)
        {
            var name = (string)variable.Key;
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                var key = name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal);
                settings.Add(new Setting(key, (string?)variable.Value, $"environment variable {name}"));
            }
        }

        settings.Sort((left, right) => string.CompareOrdinal(left.Key, right.Key));
        return settings;
    }

    public static IReadOnlyList<Setting> FromCommandLine(IEnumerable<string> arguments, ICollection<OptionsError> errors)
    {
        var settings = new List<Setting>();
        foreach (var argument in arguments)
        {
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (argument.StartsWith("--", StringComparison.Ordinal) && equals > 2)
            {
                var key = argument[2..equals];
                settings.Add(new Setting(key, argument[(equals + 1)..], $"command line --{key}"));
            }
            else
            {
                errors.Add(new OptionsError("command line", "is not understood; settings are written --Section:Key=value", argument));
            }
        }

        return settings;
    }

    private static string Parent(string key) => key.LastIndexOf(':') is var colon and > 0 ? key[..colon] : "";
}
