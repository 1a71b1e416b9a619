namespace CoapBridge.Interop.Tests.Harness;

/// <summary>The programs of others that the tests talk to.</summary>
internal static class InstalledProgram
{
    /// <summary>
    /// The path of a program. Where it is missing the test is skipped by name, in CI it fails: there it can be installed.
    /// </summary>
    public static string Find(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/usr/local/sbin");
        var path = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", $"{name} is not installed");
            Assert.Fail($"{name} is not installed, and CI must have it");
        }

        return path;
    }
}
