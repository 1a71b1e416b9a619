using System.Net.Sockets;
using System.Text;
using CoapBridge.Network;
using CoapBridge.Systemd;

namespace CoapBridge.Tests.Host;

public sealed class SystemdTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-notify-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5_000 };

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Each_message_is_one_datagram_to_the_named_socket()
    {
        var path = Path.Combine(_folder.FullName, "notify");
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        using var systemd = new SystemdNotify(path);
        systemd.Ready("listening\non two");
        Assert.StartsWith("READY=1\nSTATUS=listening on two\n", Next(), StringComparison.Ordinal);
        systemd.Watchdog();
        Assert.Equal("WATCHDOG=1", Next());
        systemd.Reloading();
        Assert.Matches(@"^RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=reloading$", Next());
        systemd.Stopping();
        Assert.StartsWith("STOPPING=1", Next(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_may_be_in_the_abstract_namespace()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has abstract sockets");
        var name = $"coapbridge-test-{Guid.NewGuid():N}";
        _listener.Bind(new UnixDomainSocketEndPoint("\0" + name));
        using var systemd = new SystemdNotify("@" + name);
        systemd.Status("ok");
        Assert.Equal("STATUS=ok", Next());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/nobody/listens/here")]
    public void Without_a_listener_nothing_happens(string? address)
    {
        using var systemd = new SystemdNotify(address);
        systemd.Ready("x");
        systemd.Watchdog();
    }

    [Theory]
    [InlineData("30000000", null, 7.5)]
    [InlineData("30000000", "1", null)]
    [InlineData("0", null, null)]
    [InlineData(null, null, null)]
    [InlineData("x", null, null)]
    public void The_watchdog_is_fed_four_times_in_its_time(string? microseconds, string? processId, double? seconds) =>
        Assert.Equal(seconds is { } value ? TimeSpan.FromSeconds(value) : null, Watchdog.Interval(microseconds, processId));

    [Theory]
    [InlineData("shard-0", 5)]
    [InlineData("shard-1", 5)]
    [InlineData("sessions", 5)]
    [InlineData("broker", 5)]
    [InlineData("commands", 60)] // a slow disk is no reason to start over
    [InlineData("outbox", 60)]
    public void One_owner_that_stands_still_is_enough_to_be_ill(string name, int seconds)
    {
        var pulses = new LoopPulses(2);
        LoopPulse[] all = [.. pulses.Shards, pulses.Sessions, pulses.Broker, pulses.Commands, pulses.Outbox];
        var start = Clock.Now;
        Assert.Equal(all.Select(pulse => pulse.Name), pulses.Stuck(start));
        Array.ForEach(all, pulse => pulse.Beat(start));
        var now = start + TimeSpan.FromSeconds(seconds);
        foreach (var pulse in all.Where(pulse => pulse.Name != name))
        {
            pulse.Beat(now);
        }

        Assert.Empty(pulses.Stuck(now - TimeSpan.FromTicks(1)));
        Assert.Equal([name], pulses.Stuck(now));
    }

    [Fact]
    public async Task The_watchdog_goes_hungry_while_one_owner_stands_still()
    {
        var path = Path.Combine(_folder.FullName, "notify");
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        using var systemd = new SystemdNotify(path);
        var pulses = new LoopPulses(1);
        LoopPulse[] others = [.. pulses.Shards, pulses.Sessions, pulses.Commands, pulses.Outbox];
        Array.ForEach(others, pulse => pulse.Beat(Clock.Now));
        using var stop = new CancellationTokenSource();
        var watchdog = Watchdog.RunAsync(systemd, pulses, TimeSpan.FromMilliseconds(10), TimeProvider.System, stop.Token);
        _listener.ReceiveTimeout = 200;
        Assert.Equal(SocketError.TimedOut, Assert.Throws<SocketException>(Next).SocketErrorCode);
        pulses.Broker.Beat(Clock.Now);
        _listener.ReceiveTimeout = 5_000;
        Assert.Equal("WATCHDOG=1", Next());
        await stop.CancelAsync();
        await watchdog;
    }

    private string Next()
    {
        var buffer = new byte[512];
        return Encoding.UTF8.GetString(buffer, 0, _listener.Receive(buffer));
    }
}
