using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.HostileBroker;

/// <summary>ATTACKS L against the whole worker: whatever the broker does, devices hear the truth and the worker goes on.</summary>
public sealed class HostileBrokerTests : IAsyncLifetime
{
    private const string Welcome = "2003000000";
    private const string WelcomeBack = "2003010000";

    private readonly TestPki _pki = new();
    private readonly ScriptedBroker _broker;
    private WorkerProcess _worker = null!;
    private OwnDevice _device = null!;

    public HostileBrokerTests() => _broker = new ScriptedBroker(_pki);

    public async ValueTask InitializeAsync()
    {
        _worker = await WorkerProcess.StartAsync(_pki, _broker.Port, null, "--Upstream:Mqtt:KeepAlive=00:00:02", "--Upstream:Mqtt:AckTimeout=00:00:05");
        _device = OwnDevice.Of(_worker, _pki.Demo.Device(1));
    }

    public async ValueTask DisposeAsync()
    {
        _device.Dispose();
        await _worker.DisposeAsync();
        await _broker.DisposeAsync();
        _pki.Dispose();
    }

    [Fact] // L04
    public async Task A_broker_that_never_speaks_or_never_welcomes_is_given_up_and_devices_hear_it()
    {
        using (await _broker.AcceptSocketAsync())
        {
            await _device.ConnectAsync();
            Assert.Equal("5.03", await _device.PostAsync("x"));
            Assert.Contains("does not answer TLS", await _worker.WaitForLogAsync("upstream_away"), StringComparison.Ordinal);
        }

        await using (var silent = await _broker.AcceptAsync())
        {
            await silent.ExpectAsync(0x10);
            Assert.Equal("5.03", await _device.PostAsync("x"));
            Assert.Contains("end=ConnackTimeout", await _worker.WaitForLogAsync("upstream_lost"), StringComparison.Ordinal);
            Assert.Null(await silent.ReadAsync());
        }

        await HonestAsync(await _broker.AcceptAsync(Welcome));
    }

    [Fact] // L05
    public async Task A_broker_that_dies_within_its_puback_gets_the_message_again_as_the_same_one()
    {
        byte[] first;
        await using (var dying = await _broker.AcceptAsync(Welcome))
        {
            await ReadyAsync(dying);
            _device.Post("once");
            var publish = await dying.ExpectAsync(0x30);
            first = publish.Body;
            Assert.Equal(0x32, publish.First);
            await dying.WriteAsync("4002"); // half of a PUBACK
        }

        await _device.RunUntilAsync(() => _device.Answers.Any(answer => answer.Code.ToString() == "5.03"));
        var back = await _broker.AcceptAsync(WelcomeBack);
        var again = await back.ExpectAsync(0x30);
        Assert.Equal(0x3A, again.First);
        Assert.Equal(first, again.Body); // identifier, message_id and all
        await back.WriteAsync("4002" + ScriptedConnection.IdentifierOf(again.Body));
        await HonestAsync(back);
    }

    [Fact] // L06
    public async Task A_session_that_nobody_has_begun_is_refused()
    {
        await using (var liar = await _broker.AcceptAsync(WelcomeBack))
        {
            Assert.Equal((0xE0, 0x82), await liar.ReadToEndAsync() is var (first, body) ? (first, body[0]) : default);
        }

        await HonestAsync(await _broker.AcceptAsync(Welcome));
    }

    [Fact] // L07
    public async Task With_a_receive_maximum_of_1_one_message_is_on_its_way()
    {
        var slow = await _broker.AcceptAsync("2006000003210001");
        await ReadyAsync(slow);
        using var other = OwnDevice.Of(_worker, _pki.Demo.Device(2));
        await other.ConnectAsync();
        _device.Post("one");
        var one = await slow.ExpectAsync(0x30);
        other.Post("two");
        var quiet = slow.ExpectAsync(0x30); // pings flow meanwhile
        await other.RunUntilAsync(() => other.Answers.Count > 0); // the empty ACK: it has waited half a second
        Assert.False(quiet.IsCompleted);
        await slow.WriteAsync("4002" + ScriptedConnection.IdentifierOf(one.Body));
        await slow.WriteAsync("4002" + ScriptedConnection.IdentifierOf((await quiet).Body));
        await other.RunUntilAsync(() => other.Answers.Any(answer => answer.Code.ToString() == "2.04"));
        await HonestAsync(slow);
    }

    [Fact] // L09
    public async Task The_brokers_limits_are_kept_and_told()
    {
        // Maximum Packet Size 150, Maximum QoS 1, Topic Alias Maximum 1, Server Keep Alive 1 s, an Assigned Client Identifier.
        var narrow = await _broker.AcceptAsync("2014000011" + "2700000096" + "2401" + "220001" + "130001" + "12000178");
        await ReadyAsync(narrow);
        Assert.Equal("4.13", await _device.PostAsync(new string('x', 100)));
        var clock = Stopwatch.StartNew();
        await narrow.ExpectAsync(0xC0);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        await narrow.DisposeAsync();
        await HonestAsync(await _broker.AcceptAsync(Welcome));
    }

    [Theory] // L13
    [InlineData("30FFFFFFFF7F", 0x81)] // a length of five bytes
    [InlineData("30FFFFFF7F", 0x95)] // 256 MiB
    [InlineData("9003000100", 0x82)] // SUBACK without codes
    [InlineData("F000", 0x82)] // AUTH
    public async Task Malformed_bytes_get_a_disconnect_with_the_reason(string hex, byte reason)
    {
        await using (var malformed = await _broker.AcceptAsync(Welcome))
        {
            await ReadyAsync(malformed);
            await malformed.WriteAsync(hex);
            Assert.Equal((0xE0, reason), await malformed.ReadToEndAsync() is var (first, body) ? (first, body[0]) : default);
        }

        await HonestAsync(await _broker.AcceptAsync(WelcomeBack));
    }

    [Fact] // L14
    public async Task A_flood_of_large_messages_costs_bounded_memory()
    {
        var flood = await _broker.AcceptAsync(Welcome);
        await ReadyAsync(flood);
        var payload = new byte[250_000];
        var message = new List<byte> { 0x30 };
        var topic = "gateways/gateway-1/r/calls"u8.ToArray();
        for (var length = 2 + topic.Length + 1 + payload.Length; ; length >>= 7)
        {
            message.Add((byte)((length & 0x7F) | (length > 0x7F ? 0x80 : 0)));
            if (length <= 0x7F)
            {
                break;
            }
        }

        byte[] publish = [.. message, 0, (byte)topic.Length, .. topic, 0, .. payload];
        for (var count = 0; count < 2_000; count++)
        {
            await flood.WriteAsync(publish); // half a gigabyte
        }

        var memory = File.ReadLines($"/proc/{_worker.Child.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        Assert.InRange(long.Parse(memory.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture), 1, 500_000); // KiB
        await HonestAsync(flood);
    }

    [Fact] // L18
    public async Task A_reference_to_another_server_is_not_followed()
    {
        using var evil = new TcpListener(IPAddress.Loopback, 0);
        evil.Start();
        var reference = Encoding.ASCII.GetBytes($"localhost:{((IPEndPoint)evil.LocalEndpoint).Port}");
        var property = $"1C{reference.Length:X4}{Convert.ToHexString(reference)}";
        await using (var moved = await _broker.AcceptAsync($"20{6 + reference.Length:X2}009C{3 + reference.Length:X2}{property}"))
        {
            Assert.Null(await moved.ReadToEndAsync());
        }

        await using (var moved = await _broker.AcceptAsync(Welcome))
        {
            await ReadyAsync(moved);
            await moved.WriteAsync($"E0{5 + reference.Length:X2}9D{3 + reference.Length:X2}{property}");
            await moved.ReadToEndAsync();
        }

        await HonestAsync(await _broker.AcceptAsync(WelcomeBack));
        Assert.False(evil.Pending());
    }

    [Fact] // L19
    public async Task Unasked_pingresps_change_nothing_and_a_missing_one_ends_the_connection()
    {
        await using (var deaf = await _broker.AcceptAsync(Welcome))
        {
            await ReadyAsync(deaf);
            await deaf.WriteAsync(string.Concat(Enumerable.Repeat("D000", 1_000)));
            await deaf.ExpectAsync(0xC0);
            Assert.Contains("end=PingTimeout", await _worker.WaitForLogAsync("upstream_lost"), StringComparison.Ordinal);
        }

        await HonestAsync(await _broker.AcceptAsync(WelcomeBack));
    }

    /// <summary>The gateway has taken the welcome in: its status comes, and is acknowledged.</summary>
    private async Task ReadyAsync(ScriptedConnection connection)
    {
        await _worker.WaitForLogAsync("upstream_ready");
        if (!_device.IsConnected)
        {
            await _device.ConnectAsync();
        }

        await connection.WriteAsync("D000");
    }

    /// <summary>The oracles: an honest broker is served again, the canary's message arrives, and no exception was caught.</summary>
    private async Task HonestAsync(ScriptedConnection connection)
    {
        if (!_device.IsConnected)
        {
            await _device.ConnectAsync();
        }

        await using (connection)
        {
            var serving = ServeAsync(connection);
            var clock = Stopwatch.StartNew();
            while (await _device.PostAsync("canary") != "2.04")
            {
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), _worker.Child.Output);
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            await serving;
        }

        Assert.Equal(0, await _worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
    }

    private static async Task ServeAsync(ScriptedConnection connection)
    {
        while (true)
        {
            var publish = await connection.ExpectAsync(0x30);
            if ((publish.First & 0x06) == 0x02)
            {
                await connection.WriteAsync("4002" + ScriptedConnection.IdentifierOf(publish.Body));
            }

            if (publish.Body.AsSpan().EndsWith("canary"u8))
            {
                return;
            }
        }
    }
}
