using CoapBridge.Identity;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>A device that is connected, as the relay sees it. Its owner adds how to reach it.</summary>
public abstract class RelayClient
{
    /// <summary>Who it is; set once, when its certificate has been accepted.</summary>
    public DeviceIdentity? Device { get; protected set; }

    /// <summary>Where its newest authentic record came from, or, while an address is not proved yet, where its answers go.</summary>
    public abstract PeerAddress Address { get; }

    /// <summary>It is not welcome any more: nothing new is begun for it, its connection ends soon.</summary>
    public abstract bool IsRefused { get; }

    /// <summary>
    /// Of the live connections of its device, on all shards, this one was made last: what the cloud sends to the device goes
    /// here (DESIGN D-19). It changes a moment after a newer one has come, or has gone.
    /// </summary>
    public bool IsNewest { get; set; } = true;

    /// <summary>Its requests that wait for the broker.</summary>
    public int OpenPublishes { get; internal set; }

    /// <summary>The command desk was told of this connection.</summary>
    internal bool IsAtDesk { get; set; }

    /// <summary>What the relay keeps of it between requests; null while that is nothing.</summary>
    internal ClientRecord? Record { get; set; }

    internal ClientRecord Recorded => Record ??= new ClientRecord();
}
