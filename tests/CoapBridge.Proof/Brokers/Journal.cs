using System.Globalization;
using System.Text;
using CoapBridge.Proof.Judging;

namespace CoapBridge.Proof.Brokers;

/// <summary>What the recording broker has taken, a line each, on disk before <see cref="Flush"/> returns.</summary>
internal sealed class Journal : IDisposable
{
    public const string FileName = "journal.txt";

    /// <summary>Behind each line: one that was cut by a kill has none, and was acknowledged to nobody.</summary>
    private const string End = ";";

    private readonly FileStream _file;
    private readonly Lock _gate = new();

    public Journal(string path)
    {
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 65_536);
        _file.WriteByte((byte)'\n'); // behind a line that was cut
    }

    public void Append(string topic, string messageId, ReadOnlySpan<byte> payload)
    {
        // The first words of the payload; the rest is filling.
        var head = Encoding.ASCII.GetString(payload[..Math.Min(payload.Length, 60)]);
        var line = string.Create(CultureInfo.InvariantCulture, $"{topic}\t{messageId}\t{payload.Length}\t{head}\t{End}\n");
        lock (_gate)
        {
            _file.Write(Encoding.UTF8.GetBytes(line));
        }
    }

    public void Flush()
    {
        lock (_gate)
        {
            _file.Flush(flushToDisk: true);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>What was taken, in order.</summary>
    /// <exception cref="ProofException">A line is whole but none of ours.</exception>
    public static List<Arrival> Read(string path) =>
        [.. File.ReadLines(path).Select(line => line.Split('\t')).Where(fields => fields is [_, _, _, _, End]).Select(fields =>
            Arrival.TryRead(fields[0], fields[1], fields[3], int.Parse(fields[2], CultureInfo.InvariantCulture))
            ?? throw new ProofException($"not as it was posted: {string.Join(' ', fields)}"))];
}
