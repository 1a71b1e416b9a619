using System.Globalization;

namespace CoapBridge.Fuzz;

/// <summary>The steps of one session, as a file: a line of hexadecimal digits for each; lines that begin with # say something to people.</summary>
internal static class FuzzSession
{
    public static List<byte[]> Read(string file) =>
        [.. File.ReadLines(file).Where(line => line.Length > 0 && line[0] != '#').Select(Convert.FromHexString)];

    public static void Write(string file, IEnumerable<byte[]> steps, string about) =>
        File.WriteAllLines(file, [$"# {about.ReplaceLineEndings(" ")}", .. steps.Select(Convert.ToHexStringLower)]);

    /// <summary>From a fresh start to the oracles at the end.</summary>
    public static void Replay(FuzzTarget target, IEnumerable<byte[]> steps)
    {
        target.Begin();
        foreach (var step in steps)
        {
            target.Apply(step);
        }

        target.End();
    }

    /// <summary>Where the stored sessions of a target are.</summary>
    public static string CorpusOf(FuzzTarget target) => Path.Combine(AppContext.BaseDirectory, "Corpus", target.Name);

    public static string NameOf(FuzzTarget target, int seed, long session) =>
        string.Create(CultureInfo.InvariantCulture, $"{target.Name}-{seed}-{session}.txt");
}
