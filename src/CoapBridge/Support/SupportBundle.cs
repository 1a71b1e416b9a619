using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace CoapBridge.Support;

/// <summary>Texts for whoever is to help, in one archive that only its owner can read. Every text goes through the shield.</summary>
/// <param name="name">The folder in the archive.</param>
/// <param name="shield">Takes secrets out.</param>
internal sealed class SupportBundle(string name, SecretShield shield)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly List<(string Name, byte[] Content, string What)> _parts = [];

    public void Add(string part, string what, string text) => _parts.Add((part, Encoding.UTF8.GetBytes(shield.Clean(text)), what));

    /// <exception cref="IOException">It cannot be written, or is there already.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public void Write(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var file = new FileStream(path, options);
        using var gzip = new GZipStream(file, CompressionLevel.Optimal);
        using var tar = new TarWriter(gzip);
        foreach (var (part, content, _) in _parts)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"{name}/{part}") { DataStream = new MemoryStream(content), Mode = OwnerOnly });
        }
    }

    /// <summary>What is inside, a line each.</summary>
    public string Contents() => string.Concat(_parts.Select(part =>
        string.Create(CultureInfo.InvariantCulture, $"  {part.Name,-20}{part.Content.Length,9} bytes  {part.What}\n")));
}
