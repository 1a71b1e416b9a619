using CoapBridge.Wire;

namespace CoapBridge.Identity;

/// <summary>What an <see cref="AccessPolicy"/> is asked: who wants to do what with which topic, from where, and when.</summary>
public readonly struct PolicyRequest
{
    /// <summary>A device that is connected. <paramref name="topic"/> is the whole topic name, as it would be published.</summary>
    public PolicyRequest(DeviceIdentity device, PolicyAction action, string topic)
        : this((device ?? throw new ArgumentNullException(nameof(device))).Name, action, topic) => Device = device;

    /// <summary>A device of which only the name is known; what is in its certificate then stays unresolved.</summary>
    public PolicyRequest(string deviceName, PolicyAction action, string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(deviceName);
        ArgumentNullException.ThrowIfNull(topic);
        DeviceName = deviceName;
        Action = action;
        Topic = topic;
    }

    public string DeviceName { get; }

    public PolicyAction Action { get; init; }

    public string Topic { get; }

    /// <summary>The device's present address; null leaves it unresolved. The port and the scope do not matter.</summary>
    public PeerAddress? Address { get; init; }

    /// <summary>The wall clock; null leaves it unresolved.</summary>
    public DateTimeOffset? Time { get; init; }

    internal DeviceIdentity? Device { get; }
}
