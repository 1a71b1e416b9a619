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
    [InlineData("30000000", null, 15.0)]
    [InlineData("30000000", "1", null)]
    [InlineData("0", null, null)]
    [InlineData(null, null, null)]
    [InlineData("x", null, null)]
    public void The_watchdog_is_fed_twice_in_its_time(string? microseconds, string? processId, double? seconds) =>
        Assert.Equal(seconds is { } value ? TimeSpan.FromSeconds(value) : null, Watchdog.Interval(microseconds, processId));

    [Fact]
    public void One_loop_that_stands_still_is_enough_to_be_ill()
    {
        var pulses = new LoopPulses(2);
        var start = Clock.Now;
        pulses.Beat(0, start);
        Assert.False(pulses.AllBeat(start));
        pulses.Beat(1, start);
        Assert.True(pulses.AllBeat(start + TimeSpan.FromSeconds(4)));
        pulses.Beat(0, start + TimeSpan.FromSeconds(4));
        Assert.False(pulses.AllBeat(start + TimeSpan.FromSeconds(6)));
    }

    private string Next()
    {
        var buffer = new byte[512];
        return Encoding.UTF8.GetString(buffer, 0, _listener.Receive(buffer));
    }
}
