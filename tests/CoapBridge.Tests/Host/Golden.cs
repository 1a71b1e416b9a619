using System.Text.RegularExpressions;

namespace CoapBridge.Tests.Host;

/// <summary>
/// Compares what a person would see with a file that a person has read. With the environment variable GOLDEN_FILES=write
/// the files are written anew, to be read in the difference.
/// </summary>
internal static partial class Golden
{
    public static void Check(string name, string text, string folder)
    {
        var path = Path.Combine(Folder(), $"{name}.txt");
        var seen = Normalize(text, folder);
        if (Environment.GetEnvironmentVariable("GOLDEN_FILES") == "write")
        {
            File.WriteAllText(path, seen);
        }

        Assert.Equal(File.ReadAllText(path), seen);
    }

    /// <summary>What differs from run to run gets a name.</summary>
    private static string Normalize(string text, string folder)
    {
        text = text.Replace(folder, "{folder}", StringComparison.Ordinal);
        text = Date().Replace(text, "{date}");
        text = Hex().Replace(text, "{hex}");
        text = Port().Replace(text, "$1{port}");
        return Milliseconds().Replace(text, "{n} ms");
    }

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "CoapBridge.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.FullName, "tests", "CoapBridge.Tests", "Host", "Golden");
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\dZ)?")]
    private static partial Regex Date();

    [GeneratedRegex(@"\b([0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{38,40})\b")]
    private static partial Regex Hex();

    [GeneratedRegex(@"(port |127\.0\.0\.1:|:)(?!0\b)\d{4,5}\b")]
    private static partial Regex Port();

    [GeneratedRegex(@"\d+ ms\b")]
    private static partial Regex Milliseconds();
}
