using System.Buffers.Binary;
using System.Net;

namespace CoapBridge.Wire;

/// <summary>
/// An IP address and port as one comparable value. IPv4 is held in its IPv4-mapped form, so that a peer has one
/// address whether it came through a dual-mode socket or not.
/// </summary>
/// <param name="High">The first 8 bytes of the IPv6 form.</param>
/// <param name="Low">The last 8 bytes of the IPv6 form.</param>
/// <param name="Scope">IPv6 scope id; 0 where none applies.</param>
/// <param name="Port">UDP port.</param>
public readonly record struct PeerAddress(ulong High, ulong Low, uint Scope, ushort Port)
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    public bool IsIPv4 => High == 0 && (Low & 0xFFFF_FFFF_0000_0000) == MappedPrefix;

    public static PeerAddress From(IPEndPoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return From(endpoint.Address, (ushort)endpoint.Port);
    }

    public static PeerAddress From(IPAddress address, ushort port)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
        {
            address.TryWriteBytes(bytes, out _);
            return FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes), port);
        }

        address.TryWriteBytes(bytes, out _);
        return new PeerAddress(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            address.IsIPv4MappedToIPv6 ? 0 : (uint)address.ScopeId,
            port);
    }

    /// <param name="address">The IPv4 address, first octet in the highest bits.</param>
    /// <param name="port">UDP port.</param>
    public static PeerAddress FromIPv4(uint address, ushort port) => new(0, MappedPrefix | address, 0, port);

    public IPEndPoint ToEndPoint() => new(ToIPAddress(), Port);

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return IsIPv4 ? new IPAddress(bytes[12..]) : new IPAddress(bytes, Scope);
    }

    public override string ToString() => ToEndPoint().ToString();
}
