using System.Buffers.Binary;
using System.Diagnostics;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>
/// Datagrams between a device and a gateway as a capture file, IPv4 without a link layer. Made by whoever forwards them, so that
/// nobody needs the right to capture. The gateway has port 5684 in it, which analysers know.
/// </summary>
internal sealed class PcapFile : IDisposable
{
    private const ushort CoapsPort = 5684;
    private const int IpHeader = 20, UdpHeader = 8;
    private const byte Version4WithoutOptions = 0x45, TimeToLive = 64, Udp = 17;

    private readonly Lock _gate = new();
    private readonly FileStream _file;

    public PcapFile(string path)
    {
        const uint Magic = 0xA1B2C3D4, LongestPacket = 65535, RawIp = 101;
        _file = File.Create(path);
        Span<byte> header = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], LongestPacket);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], RawIp);
        _file.Write(header);
    }

    /// <summary>From any thread.</summary>
    /// <param name="datagram">What it carries.</param>
    /// <param name="devicePort">Where the gateway sees the device.</param>
    /// <param name="isUp">From the device.</param>
    public void Add(ReadOnlySpan<byte> datagram, int devicePort, bool isUp)
    {
        Span<byte> packet = new byte[16 + IpHeader + UdpHeader + datagram.Length];
        var now = Stopwatch.GetElapsedTime(0);
        var length = packet.Length - 16;
        BinaryPrimitives.WriteUInt32LittleEndian(packet, (uint)now.TotalSeconds);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[4..], (uint)(now.Ticks / TimeSpan.TicksPerMicrosecond % 1_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(packet[8..], (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[12..], (uint)length);

        var ip = packet[16..];
        ReadOnlySpan<byte> device = [10, 0, 0, 1], gateway = [10, 0, 0, 2];
        ip[0] = Version4WithoutOptions;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)length);
        ip[8] = TimeToLive;
        ip[9] = Udp;
        (isUp ? device : gateway).CopyTo(ip[12..]);
        (isUp ? gateway : device).CopyTo(ip[16..]);

        var udp = ip[IpHeader..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, isUp ? (ushort)devicePort : CoapsPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], isUp ? CoapsPort : (ushort)devicePort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(UdpHeader + datagram.Length));
        datagram.CopyTo(udp[UdpHeader..]);
        lock (_gate)
        {
            _file.Write(packet);
            _file.Flush();
        }
    }

    public void Dispose() => _file.Dispose();
}
