using CoapBridge.Coap;

namespace CoapBridge.Tools.Device;

/// <summary>One request of a device.</summary>
/// <param name="Method">GET, POST, PUT, DELETE, …</param>
/// <param name="Target">Its host, path and query become options.</param>
public sealed record DeviceRequest(CoapCode Method, CoapUri Target)
{
    /// <summary>At most about 1,100 bytes: there is no block-wise transfer yet.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Null: the option is left out.</summary>
    public uint? ContentFormat { get; init; }

    /// <summary>CON; otherwise NON.</summary>
    public bool Confirmable { get; init; } = true;
}
