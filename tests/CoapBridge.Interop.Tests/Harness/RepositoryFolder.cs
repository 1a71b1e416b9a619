namespace CoapBridge.Interop.Tests.Harness;

/// <summary>Where the sources are: the tests build the peer programs in tests/interop.</summary>
internal static class RepositoryFolder
{
    /// <summary>The absolute path of a file or folder in the repository.</summary>
    public static string Find(params string[] parts)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CoapBridge.sln")))
        {
            folder = folder.Parent;
        }

        Assert.True(folder is not null, $"{AppContext.BaseDirectory} is not within the repository");
        return Path.Combine([folder.FullName, .. parts]);
    }
}
