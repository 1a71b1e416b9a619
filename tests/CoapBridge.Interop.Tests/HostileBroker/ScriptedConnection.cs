using System.Net.Security;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.HostileBroker;

/// <summary>One connection of the gateway to the scripted broker.</summary>
internal sealed class ScriptedConnection(SslStream stream) : IAsyncDisposable
{
    public async Task WriteAsync(string hex) => await WriteAsync(Convert.FromHexString(hex));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await stream.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The next packet: its first byte and its body; null at the end of the stream.</summary>
    public async Task<(byte First, byte[] Body)?> ReadAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(WorkerProcess.Patience);
        var one = new byte[1];
        if (await stream.ReadAtLeastAsync(one, 1, throwOnEndOfStream: false, limit.Token) == 0)
        {
            return null;
        }

        var first = one[0];
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            await stream.ReadExactlyAsync(one, limit.Token);
            length |= (one[0] & 0x7F) << shift;
            if (one[0] < 0x80)
            {
                break;
            }
        }

        var body = new byte[length];
        await stream.ReadExactlyAsync(body, limit.Token);
        return (first, body);
    }

    /// <summary>
    /// The next packet whose type has this high half. On the way SUBSCRIBE, UNSUBSCRIBE, PINGREQ and the gateway's own status are
    /// answered as an honest broker would.
    /// </summary>
    public async Task<(byte First, byte[] Body)> ExpectAsync(byte type)
    {
        while (await ReadAsync() is { } packet)
        {
            if ((packet.First & 0xF0) == type && !IsStatus(packet))
            {
                return packet;
            }

            await AnswerAsync(packet);
        }

        throw new EndOfStreamException($"the gateway left before a packet of type {type:X2}");
    }

    /// <summary>Reads to the end of the stream; the last packet's first two bytes of body with its type.</summary>
    public async Task<(byte First, byte[] Body)?> ReadToEndAsync()
    {
        (byte, byte[])? last = null;
        while (await ReadAsync() is { } packet)
        {
            last = packet;
        }

        return last;
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    /// <summary>Where the Packet Identifier of a PUBLISH of QoS 1 stands: behind its topic.</summary>
    public static string IdentifierOf(byte[] publish)
    {
        var at = 2 + ((publish[0] << 8) | publish[1]);
        return Convert.ToHexString(publish.AsSpan(at, 2));
    }

    private static bool IsStatus((byte First, byte[] Body) packet) =>
        (packet.First & 0xF0) == 0x30 && packet.Body.AsSpan().IndexOf("gateways/gateway-1/status"u8) == 2;

    private async Task AnswerAsync((byte First, byte[] Body) packet)
    {
        switch (packet.First & 0xF0)
        {
            case 0x30 when (packet.First & 0x06) == 0x02:
                await WriteAsync("4002" + IdentifierOf(packet.Body));
                break;
            case 0x80:
                var filters = CountFilters(packet.Body);
                await WriteAsync($"90{3 + filters:X2}" + Convert.ToHexString(packet.Body.AsSpan(0, 2)) + "00" + string.Concat(Enumerable.Repeat("01", filters)));
                break;
            case 0xC0:
                await WriteAsync("D000");
                break;
        }
    }

    private static int CountFilters(byte[] subscribe)
    {
        var count = 0;
        for (var at = 3 + subscribe[2]; at < subscribe.Length; count++)
        {
            at += 3 + ((subscribe[at] << 8) | subscribe[at + 1]);
        }

        return count;
    }
}
