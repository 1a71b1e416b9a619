using System.Buffers.Binary;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>A hash of a path under a key that peers do not know: nobody can aim at one shard, or at one slot of a table.</summary>
internal static class PathHash
{
    public static ulong NewSeed(IEntropy entropy)
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        entropy.Fill(seed);
        return BinaryPrimitives.ReadUInt64BigEndian(seed);
    }

    public static ulong Of(ulong seed, in NetworkPath path)
    {
        var hash = Mix(seed ^ path.Remote.High);
        hash = Mix(hash ^ path.Remote.Low);
        hash = Mix(hash ^ (((ulong)path.Remote.Scope << 32) | ((uint)path.Remote.Port << 16) | path.Local.Port));
        hash = Mix(hash ^ path.Local.High);
        return Mix(hash ^ path.Local.Low);
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
