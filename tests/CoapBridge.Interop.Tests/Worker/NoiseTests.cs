using System.Net;
using System.Net.Sockets;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>Whoever can reach the port can send anything; a connected device must not notice.</summary>
public sealed class NoiseTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    private const int Datagrams = 10_000;
    private const int HalfHandshakes = 200;

    [Fact]
    public async Task Noise_at_the_port_changes_nothing_for_a_connected_device()
    {
        await fixture.StartAsync();
        var worker = fixture.Worker;
        using var device = OwnDevice.Of(worker, fixture.Pki.Demo.Device(1));
        await device.ConnectAsync();
        var genuine = device.Sent.ToArray();
        Assert.Equal("2.04", await device.PostAsync("before the noise"));
        genuine = [.. genuine, device.Sent[^1]];

        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        using var attacker = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        attacker.Connect(worker.EndPoint);
        var random = new Random(seed);
        var sent = 0;
        foreach (var datagram in Noise(random, genuine).Take(Datagrams - (2 * HalfHandshakes)))
        {
            attacker.Send(datagram);
            if (++sent % 100 == 0)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken); // the kernel's buffer, not the worker, would drop it
            }

            if (sent % 2_000 == 0)
            {
                Assert.Equal("2.04", await device.PostAsync($"during the noise, {sent}"));
            }
        }

        for (var i = 0; i < HalfHandshakes; i++)
        {
            await BeginHandshakeAsync(worker.EndPoint, genuine[0]);
        }

        Assert.Equal("2.04", await device.PostAsync("after the noise"));
        using var fresh = OwnDevice.Of(worker, fixture.Pki.Demo.Device(2));
        await fresh.ConnectAsync();
        Assert.Equal("2.04", await fresh.PostAsync("a new connection"));
        await fixture.Cloud.ReceiveAsync("a new connection");
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        Assert.Equal(HttpStatusCode.OK, (await worker.GetAsync("/healthz")).Status);
        Assert.Empty(worker.LogLines("unhandled_exception"));
        await worker.StopAsync();
    }

    /// <summary>Random bytes; every genuine datagram cut short, lengthened, or with one byte changed; records without content.</summary>
    private static IEnumerable<byte[]> Noise(Random random, byte[][] genuine)
    {
        while (true)
        {
            var bytes = new byte[random.Next(1, 1_400)];
            random.NextBytes(bytes);
            yield return bytes;

            var original = genuine[random.Next(genuine.Length)];
            yield return original[..random.Next(1, original.Length)];

            var changed = original.ToArray();
            changed[random.Next(changed.Length)] ^= (byte)random.Next(1, 256);
            yield return changed;

            yield return [.. original, .. bytes.AsSpan(0, Math.Min(bytes.Length, 60))];

            byte[] header = [(byte)random.Next(19, 28), 0xfe, 0xfd, 0, (byte)random.Next(2), 0, 0, 0, 0, 0, (byte)random.Next(256), 0, 0];
            yield return header;
            header[12] = (byte)random.Next(1, 64);
            yield return [.. header, .. bytes.AsSpan(0, Math.Min(bytes.Length, header[12]))];
        }
    }

    /// <summary>Goes as far as a cookie and a second hello, which leaves state behind, and never comes back.</summary>
    private static async Task BeginHandshakeAsync(IPEndPoint gateway, byte[] hello)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(gateway);
        socket.Send(hello);
        var buffer = new byte[2_048];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        var length = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
        Assert.Equal(3, buffer[13]); // HelloVerifyRequest
        socket.Send(WithCookie(hello, buffer.AsSpan(28, length - 28)));
    }

    /// <summary>The hello again, with the cookie of the HelloVerifyRequest (RFC 6347 §4.2.1) and the next sequence numbers.</summary>
    private static byte[] WithCookie(ReadOnlySpan<byte> hello, ReadOnlySpan<byte> cookie)
    {
        const int cookieAt = 13 + 12 + 2 + 32 + 1; // record, handshake, version, random, empty session_id
        byte[] again = [.. hello[..cookieAt], (byte)cookie.Length, .. cookie, .. hello[(cookieAt + 1)..]];
        again[10]++;
        again[18]++;
        SetLength(again, 11, again.Length - 13);
        SetLength(again, 15, again.Length - 25);
        SetLength(again, 23, again.Length - 25);
        return again;
    }

    private static void SetLength(byte[] message, int at, int length) =>
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at), (ushort)length);
}
