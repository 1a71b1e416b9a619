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
        _seed = PathHash.NewSeed(entropy);
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

        return (int)(PathHash.Of(_seed, path) % (uint)_shards);
    }
}
