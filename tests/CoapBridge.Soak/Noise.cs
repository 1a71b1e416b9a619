using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Soak;

/// <summary>What else comes to an open port: bytes without sense, and hellos that nobody means.</summary>
internal sealed class Noise(IPEndPoint door, int seed)
{
    private readonly Random _random = new(seed);

    public long Sent { get; private set; }

    public async Task RunAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            using (var socket = new Socket(door.AddressFamily, SocketType.Dgram, ProtocolType.Udp))
            {
                for (var count = _random.Next(20); count > 0; count--)
                {
                    socket.SendTo(Next(), door);
                    Sent++;
                }
            }

            await Task.Delay(_random.Next(1_000), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private byte[] Next()
    {
        var bytes = new byte[_random.Next(1, 1_300)];
        _random.NextBytes(bytes);
        if (bytes.Length > 13 && _random.Next(2) == 0)
        {
            // A DTLS record's header, of whatever type, in epoch 0 or 1.
            byte[] header = [(byte)_random.Next(20, 27), 254, 253, 0, (byte)_random.Next(2), 0, 0, 0, 0, 0, 1, (byte)((bytes.Length - 13) >> 8), (byte)(bytes.Length - 13)];
            header.CopyTo(bytes, 0);
        }

        return bytes;
    }
}
