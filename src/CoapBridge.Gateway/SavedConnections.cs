using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// All connections of a gateway as bytes, secrets included: for a store that encrypts them.
/// <code>
/// opaque One&lt;1..2^24-1&gt;;     a SavedConnection
/// struct { uint16 format; uint32 count; One connections[count]; }
/// </code>
/// </summary>
public static class SavedConnections
{
    private const ushort Format = 5;
    private const int HeaderLength = 6;
    private const int PrefixLength = 3;

    /// <summary>How many bytes <see cref="Write"/> needs.</summary>
    public static long LengthOf(IReadOnlyCollection<byte[]> connections) =>
        HeaderLength + connections.Sum(one => (long)PrefixLength + one.Length);

    /// <summary>Joins what <see cref="Shard.Save"/> of each shard gave.</summary>
    /// <param name="connections">Each at most 2^24 - 1 bytes.</param>
    /// <param name="destination">Exactly <see cref="LengthOf"/> bytes.</param>
    public static void Write(IReadOnlyCollection<byte[]> connections, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(connections);
        var writer = new WireWriter(destination);
        writer.WriteUInt16(Format);
        writer.WriteUInt32((uint)connections.Count);
        foreach (var one in connections)
        {
            writer.WriteUInt24(one.Length);
            writer.WriteBytes(one);
        }

        if (writer.Failed || writer.Length != destination.Length)
        {
            throw new ArgumentException("The room is not what the connections need.", nameof(destination));
        }
    }

    /// <summary>Reads all of it, or nothing: a file with one mistake is not ours.</summary>
    /// <param name="bytes">What <see cref="Write"/> wrote.</param>
    /// <param name="settings">Of any shard of today.</param>
    /// <param name="entropy">For the CoAP endpoints.</param>
    /// <param name="saved">When it was written, on the present clock.</param>
    /// <param name="now">The present.</param>
    /// <param name="connections">Each once.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> bytes, ShardSettings settings, IEntropy entropy, Instant saved, Instant now,
        [NotNullWhen(true)] out List<SavedConnection>? connections)
    {
        ArgumentNullException.ThrowIfNull(settings);
        connections = null;
        if (bytes.Length < HeaderLength || BinaryPrimitives.ReadUInt16BigEndian(bytes) != Format)
        {
            return false;
        }

        var reader = new WireReader(bytes[sizeof(ushort)..]);
        var count = reader.ReadUInt32();
        var read = new List<SavedConnection>((int)Math.Min(count, (uint)bytes.Length / 128));
        for (; count > 0; count--)
        {
            if (SavedConnection.TryRead(settings, entropy, saved, now, reader.ReadVector24(1)) is not { } connection)
            {
                return false;
            }

            read.Add(connection);
        }

        connections = reader.AtEnd ? read : null;
        return connections is not null;
    }
}
