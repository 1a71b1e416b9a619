using CoapBridge.Identity;

namespace CoapBridge.Relay;

/// <summary>A device that is connected, as the relay sees it. Its owner adds how to reach it.</summary>
public abstract class RelayClient
{
    /// <summary>Who it is; set once, when its certificate has been accepted.</summary>
    public DeviceIdentity? Device { get; protected set; }

    /// <summary>Its requests that wait for the broker.</summary>
    public int OpenPublishes { get; internal set; }
}
