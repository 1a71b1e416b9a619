using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>What links are found by.</summary>
internal interface ILinkKey<TKey>
{
    static abstract TKey KeyOf(DeviceLink link);

    static abstract bool Has(DeviceLink link, in TKey key);

    /// <summary>Under a seed that peers do not know, if they can choose keys.</summary>
    static abstract ulong Hash(ulong seed, in TKey key);
}

/// <summary>By the path of their datagrams. Peers choose their addresses.</summary>
internal sealed class ByPath : ILinkKey<NetworkPath>
{
    public static NetworkPath KeyOf(DeviceLink link) => link.Path;

    public static bool Has(DeviceLink link, in NetworkPath key) => link.Path == key;

    public static ulong Hash(ulong seed, in NetworkPath key) => PathHash.Of(seed, key);
}

/// <summary>By the Connection ID that their records carry. We chose it at random, so it is its own hash.</summary>
internal sealed class ByConnectionId : ILinkKey<ConnectionIdKey>
{
    public static ConnectionIdKey KeyOf(DeviceLink link) => link.ConnectionId;

    public static bool Has(DeviceLink link, in ConnectionIdKey key) => link.ConnectionId == key;

    public static ulong Hash(ulong seed, in ConnectionIdKey key) => key.First ^ key.Second ^ (key.First >> 32);
}
