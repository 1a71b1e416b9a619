using CoapBridge.Coap;

namespace CoapBridge.Tools.Device;

/// <summary>One request of a device.</summary>
/// <param name="Method">GET, POST, PUT, DELETE, …</param>
/// <param name="Target">Its host, path and query become options.</param>
public sealed record DeviceRequest(CoapCode Method, CoapUri Target)
{
    /// <summary>Of any length: what is more than a block goes in blocks (RFC 7959).</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Null: the option is left out.</summary>
    public uint? ContentFormat { get; init; }

    /// <summary>Blocks of 2^(SZX + 4) bytes are sent and asked for; 0 to 6.</summary>
    public int BlockSzX { get; init; } = BlockOption.LargestSzX;

    /// <summary>CON; otherwise NON.</summary>
    public bool Confirmable { get; init; } = true;
}
