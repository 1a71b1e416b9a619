using System.Runtime.InteropServices;
using CoapBridge.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// Which shard owns a datagram: by the first byte of its Connection ID, or else by its path, hashed under a key that peers do not know, so that nobody can aim at one
/// shard (DESIGN D-16). Any shard can tell, whichever socket the kernel chose.
/// </summary>
public sealed class ShardRouting
{
    private readonly ulong _seed;
    private readonly int _shards;
    private readonly int _connectionIdLength;

    /// <param name="shards">At least 1.</param>
    /// <param name="connectionIdLength">As in <see cref="ShardSettings.ConnectionIdLength"/>.</param>
    /// <param name="entropy">For the key.</param>
    public ShardRouting(int shards, int connectionIdLength, IEntropy entropy)
    {
        _connectionIdLength = connectionIdLength;
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentNullException.ThrowIfNull(entropy);
        _shards = shards;
        Span<ulong> seed = stackalloc ulong[1];
        entropy.Fill(MemoryMarshal.AsBytes(seed));
        _seed = seed[0];
    }

    public int OwnerOf(ReadOnlySpan<byte> datagram, in NetworkPath path) =>
        DtlsConnection.TryPeekConnectionId(datagram, _connectionIdLength, out var connectionId)
            ? connectionId[0] % _shards : OwnerOf(path);

    /// <summary>
    /// Which shard takes up a connection of an earlier run. The key of the path hash is a new one in each run: whoever is found
    /// by its path goes where its datagrams will go.
    /// </summary>
    public int OwnerOf(SavedConnection saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        return saved.Connection.ConnectionId is { IsEmpty: false } connectionId ? connectionId[0] % _shards : OwnerOf(saved.Path);
    }

    private int OwnerOf(in NetworkPath path)
    {
        if (_shards == 1)
        {
            return 0;
        }

        var hash = Mix(_seed ^ path.Remote.High);
        hash = Mix(hash ^ path.Remote.Low);
        hash = Mix(hash ^ (((ulong)path.Remote.Scope << 32) | ((uint)path.Remote.Port << 16) | path.Local.Port));
        hash = Mix(hash ^ path.Local.High);
        hash = Mix(hash ^ path.Local.Low);
        return (int)(hash % (uint)_shards);
    }

    /// <summary>A finaliser with full avalanche (splitmix64's).</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
