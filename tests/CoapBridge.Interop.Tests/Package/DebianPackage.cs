using System.Runtime.InteropServices;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Package;

/// <summary>A Debian package of ours with a runtime of its own, for this machine's processor.</summary>
/// <param name="File">Where it is.</param>
internal sealed record DebianPackage(string File)
{
    public const string Name = "coapbridge-standalone";

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    /// <summary>Made by <c>tools/package</c>.</summary>
    public static async Task<DebianPackage> BuildAsync()
    {
        InstalledProgram.Find("dpkg-deb");
        var name = $"{Name}_{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}";
        await CompleteAsync("nice", RepositoryFolder.Find("tools", "package"), name); // other tests go on beside it
        return new DebianPackage(RepositoryFolder.Find("artifacts", "packages", name + ".deb"));
    }

    /// <summary>The same with a later version, and with a configuration file that is not what it was.</summary>
    public async Task<DebianPackage> MakeNewerAsync(string folder)
    {
        var (tree, file) = (Path.Combine(folder, "newer"), Path.Combine(folder, "newer.deb"));
        await CompleteAsync("dpkg-deb", "--raw-extract", File, tree);
        var control = Path.Combine(tree, "DEBIAN", "control");
        var lines = await System.IO.File.ReadAllLinesAsync(control, TestContext.Current.CancellationToken);
        await System.IO.File.WriteAllLinesAsync(
            control, lines.Select(line => line.StartsWith("Version: ", StringComparison.Ordinal) ? line + "+newer" : line), TestContext.Current.CancellationToken);
        await System.IO.File.AppendAllTextAsync(
            Path.Combine(tree, "etc", "coapbridge", "appsettings.json"), "// A comment more.\n", TestContext.Current.CancellationToken);
        await CompleteAsync("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, file);
        Directory.Delete(tree, recursive: true);
        return new DebianPackage(file);
    }

    private static async Task CompleteAsync(string program, params string[] arguments)
    {
        await using var child = ChildProcess.Start(program, arguments, new Dictionary<string, string> { ["DPKG_DEB_COMPRESSOR_LEVEL"] = "0" }); // nobody keeps it
        Assert.True(await child.WaitForExitAsync(_patience) == 0, $"{program} {string.Join(' ', arguments)}:\n{child.Output}");
    }
}
