namespace CoapBridge.Gateway.Sessions;

/// <summary>What the owner of the sessions tells a shard about one of its connections (DESIGN D-19).</summary>
public readonly record struct LinkOrder
{
    internal LinkOrder(Kinds kind, DeviceLink link) => (Kind, Link) = (kind, link);

    internal enum Kinds
    {
        /// <summary>Say when its device was heard last: a newer one may need its place.</summary>
        SayLastHeard,

        /// <summary>Close it: the device has too many, and this one has been silent for longest.</summary>
        Close,

        /// <summary>It is its device's newest again: a newer one has ended.</summary>
        Lead,

        /// <summary>Its device has a newer one.</summary>
        Yield,
    }

    internal Kinds Kind { get; }

    internal DeviceLink Link { get; }
}
