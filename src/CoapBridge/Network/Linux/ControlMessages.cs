using System.Buffers.Binary;
using CoapBridge.Wire;

namespace CoapBridge.Network.Linux;

/// <summary>
/// Ancillary data (<c>struct cmsghdr</c>): the address that a datagram came to or shall leave from, and the kernel's
/// count of dropped datagrams.
/// </summary>
internal static class ControlMessages
{
    /// <summary>Room for a packet info and a drop count, on 64 bits: two headers with their padded content.</summary>
    public const int ReceiveSize = 96;

    /// <summary>Room for one packet info.</summary>
    public const int SendSize = 48;

    private const int IPv4InfoSize = 12;
    private const int IPv6InfoSize = 20;

    private static int HeaderSize => nint.Size + 8;

    /// <summary>Reads what the kernel said about a received datagram. A header that it cut short ends the reading.</summary>
    public static ReceivedControl Read(ReadOnlySpan<byte> control, ushort localPort)
    {
        var result = default(ReceivedControl);
        while (control.Length >= HeaderSize)
        {
            var length = (int)(nint.Size == 8 ? BitConverter.ToUInt64(control) : BitConverter.ToUInt32(control));
            if (length < HeaderSize || length > control.Length)
            {
                break;
            }

            var level = BitConverter.ToInt32(control[nint.Size..]);
            var type = BitConverter.ToInt32(control[(nint.Size + 4)..]);
            ReadOne(level, type, control[HeaderSize..length], localPort, ref result);
            control = control[Math.Min(Align(length), control.Length)..];
        }

        return result;
    }

    /// <summary>Writes the source address of a datagram to send; returns the length.</summary>
    public static int WriteSource(Span<byte> control, in PeerAddress local, int family)
    {
        control[..SendSize].Clear();
        var (size, level, type) = family == LibC.AF_INET
            ? (IPv4InfoSize, LibC.IPPROTO_IP, LibC.IP_PKTINFO)
            : (IPv6InfoSize, LibC.IPPROTO_IPV6, LibC.IPV6_PKTINFO);
        BitConverter.TryWriteBytes(control, nint.Size == 8 ? (ulong)(HeaderSize + size) : (uint)(HeaderSize + size));
        BitConverter.TryWriteBytes(control[nint.Size..], level);
        BitConverter.TryWriteBytes(control[(nint.Size + 4)..], type);
        var content = control[HeaderSize..];
        if (family == LibC.AF_INET)
        {
            BinaryPrimitives.WriteUInt32BigEndian(content[4..], (uint)local.Low); // ipi_spec_dst
        }
        else
        {
            SocketAddresses.WriteIPv6(content, local);
            BitConverter.TryWriteBytes(content[16..], local.Scope);
        }

        return Align(HeaderSize + size);
    }

    private static void ReadOne(int level, int type, ReadOnlySpan<byte> content, ushort localPort, ref ReceivedControl result)
    {
        if (level == LibC.IPPROTO_IP && type == LibC.IP_PKTINFO && content.Length >= IPv4InfoSize)
        {
            var own = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
            var destination = BinaryPrimitives.ReadUInt32BigEndian(content[8..]);
            result.Local = PeerAddress.FromIPv4(own, localPort);
            result.IsUnicast = own == destination; // a broadcast or multicast came to an address that is not ours alone
        }
        else if (level == LibC.IPPROTO_IPV6 && type == LibC.IPV6_PKTINFO && content.Length >= IPv6InfoSize)
        {
            result.Local = SocketAddresses.ReadIPv6(content, BitConverter.ToUInt32(content[16..]), localPort);
            result.IsUnicast = content[0] != 0xFF;
        }
        else if (level == LibC.SOL_SOCKET && type == LibC.SO_RXQ_OVFL && content.Length >= 4)
        {
            result.KernelDrops = BitConverter.ToUInt32(content);
        }
    }

    private static int Align(int length) => (length + nint.Size - 1) & -nint.Size;

    /// <summary>What the kernel said about a received datagram.</summary>
    internal struct ReceivedControl
    {
        /// <summary>The address that it came to, or null when the kernel did not say.</summary>
        public PeerAddress? Local { get; set; }

        public bool IsUnicast { get; set; }

        /// <summary>Datagrams that the socket has lost so far, modulo 2^32; 0 when none.</summary>
        public uint? KernelDrops { get; set; }
    }
}
