using System.Buffers.Binary;
using CoapBridge.Wire;

namespace CoapBridge.Network.Linux;

/// <summary><c>struct sockaddr_in</c> and <c>struct sockaddr_in6</c>: families in host order, ports and addresses in network order.</summary>
internal static class SocketAddresses
{
    /// <summary>Room for either.</summary>
    public const int Size = 28;

    private const int IPv4Size = 16;

    /// <summary>Writes the address for a socket of the given family; returns its length.</summary>
    public static int Write(Span<byte> destination, in PeerAddress address, int family)
    {
        destination[..Size].Clear();
        BitConverter.TryWriteBytes(destination, (ushort)family);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], address.Port);
        if (family == LibC.AF_INET)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination[4..], (uint)address.Low);
            return IPv4Size;
        }

        WriteIPv6(destination[8..], address);
        BitConverter.TryWriteBytes(destination[24..], address.Scope);
        return Size;
    }

    public static bool TryRead(ReadOnlySpan<byte> source, out PeerAddress address)
    {
        var family = source.Length >= IPv4Size ? BitConverter.ToUInt16(source) : 0;
        var port = family == 0 ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        if (family == LibC.AF_INET)
        {
            address = PeerAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(source[4..]), port);
            return true;
        }

        if (family == LibC.AF_INET6 && source.Length >= Size)
        {
            address = ReadIPv6(source[8..], BitConverter.ToUInt32(source[24..]), port);
            return true;
        }

        address = default;
        return false;
    }

    public static void WriteIPv6(Span<byte> destination, in PeerAddress address)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, address.High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], address.Low);
    }

    /// <summary>A scope counts only where addresses are per link; elsewhere it would give one peer two names.</summary>
    public static PeerAddress ReadIPv6(ReadOnlySpan<byte> source, uint scope, ushort port)
    {
        var high = BinaryPrimitives.ReadUInt64BigEndian(source);
        var linkLocal = high >> 54 == 0xFE80 >> 6;
        return new PeerAddress(high, BinaryPrimitives.ReadUInt64BigEndian(source[8..]), linkLocal ? scope : 0, port);
    }
}
