using System.Security.Cryptography;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Simulation;
using CoapBridge.State;
using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Tests.Host;

/// <summary>The file of saved connections: who can read it, how long it counts, and that it counts once.</summary>
public sealed class StateTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-state-");
    private readonly GatewayMetrics _metrics = new();
    private readonly Lines _log = new();
    private SystemTime _time = new(DateTimeOffset.FromUnixTimeMilliseconds(SimulatedPki.Created.ToUnixTimeMilliseconds()), Guid.NewGuid(), TimeSpan.FromDays(3));

    public void Dispose()
    {
        _metrics.Dispose();
        if (_folder.Exists)
        {
            _folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_first_start_makes_a_key_that_only_its_owner_can_read()
    {
        Assert.Equal(0, Start());
        Assert.Equal(32, File.ReadAllBytes(Key).Length);
        AssertOwnerOnly(Key);
        Assert.Empty(_log.Written);
        var key = File.ReadAllBytes(Key);
        Start();
        Assert.Equal(key, File.ReadAllBytes(Key));
    }

    [Fact]
    public void What_is_saved_is_taken_up_once()
    {
        Start();
        Save();
        AssertOwnerOnly(Connections);
        Assert.Single(_log.Written, line => line.StartsWith("connections_saved count=2 bytes=", StringComparison.Ordinal));
        var (file, key) = (File.ReadAllBytes(Connections), File.ReadAllBytes(Key));

        Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(2, Start());
        Assert.Equal("connections_taken_up count=2 dropped=0 age_seconds=7", _log.Written[^1]);
        Assert.Equal([Key], Directory.GetFileSystemEntries(_folder.FullName));
        Assert.NotEqual(key, File.ReadAllBytes(Key));

        // A backup of the file opens nothing any more.
        File.WriteAllBytes(Connections, file);
        Assert.Equal(0, Start());
        Assert.Equal("connections_discarded reason=unreadable", _log.Written[^1]);
        Assert.False(File.Exists(Connections));
    }

    [Fact]
    public void The_file_is_gone_and_the_key_replaced_before_a_connection_is_live()
    {
        Start();
        Save();
        var key = File.ReadAllBytes(Key);
        var seen = false;
        Start(verifier: new Watching(() =>
        {
            seen = true;
            Assert.Equal([Key], Directory.GetFileSystemEntries(_folder.FullName));
            Assert.NotEqual(key, File.ReadAllBytes(Key));
        }));
        Assert.True(seen);
    }

    [Fact]
    public void The_file_tells_nothing_without_its_key()
    {
        Start();
        Save();
        var file = File.ReadAllBytes(Connections);
        Assert.Equal(-1, file.AsSpan().IndexOf("device-1"u8));
        File.Delete(Key);
        Assert.Equal(0, Start());
        Assert.Equal("connections_discarded reason=no_key", _log.Written[^1]);
        Assert.Equal([Key], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Theory]
    [InlineData(3600, true)]
    [InlineData(3601, false)]
    public void Older_than_the_maximum_is_discarded(int seconds, bool isTakenUp)
    {
        Start();
        Save();
        Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(isTakenUp ? 2 : 0, Start());
        Assert.Equal(isTakenUp, !_log.Written[^1].Contains("reason=too_old", StringComparison.Ordinal));
        Assert.False(File.Exists(Connections));
    }

    [Fact]
    public void A_clock_that_went_backwards_discards()
    {
        Start();
        Save();
        _time = _time with { OfDay = _time.OfDay - TimeSpan.FromSeconds(1), Uptime = _time.Uptime + TimeSpan.FromSeconds(9) };
        Assert.Equal(0, Start());
        Assert.Equal("connections_discarded reason=from_the_future", _log.Written[^1]);
    }

    [Fact]
    public void In_the_same_run_of_the_system_a_clock_that_was_set_forward_does_not_matter()
    {
        Start();
        Save();
        _time = _time with { OfDay = _time.OfDay + TimeSpan.FromDays(9), Uptime = _time.Uptime + TimeSpan.FromSeconds(9) };
        Assert.Equal(2, Start(verifier: new Watching(() => { })));
        Assert.EndsWith("age_seconds=9", _log.Written[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_reboot_the_clock_alone_counts()
    {
        Start();
        Save();
        _time = new SystemTime(_time.OfDay + TimeSpan.FromSeconds(80), Guid.NewGuid(), TimeSpan.FromSeconds(30));
        Assert.Equal(2, Start());
        Assert.EndsWith("age_seconds=80", _log.Written[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_file_is_discarded()
    {
        Start();
        Save();
        var file = File.ReadAllBytes(Connections);
        foreach (var length in new[] { 0, 1, 8, 41, 42, 54, 69, 70, 71, file.Length / 2, file.Length - 1 })
        {
            File.WriteAllBytes(Connections, file[..length]);
            Assert.Equal(0, Start());
            Assert.Equal("connections_discarded reason=unreadable", _log.Written[^1]);
        }
    }

    [Fact]
    public void Every_flipped_bit_every_cut_and_a_trailing_byte_are_unreadable()
    {
        var key = RandomNumberGenerator.GetBytes(StateEnvelope.KeyLength);
        var file = new byte[StateEnvelope.Overhead + 40];
        RandomNumberGenerator.Fill(StateEnvelope.ContentOf(file));
        var content = StateEnvelope.ContentOf(file).ToArray();
        StateEnvelope.Seal(key, _time, file);
        Assert.True(StateEnvelope.TryOpen(key, file.ToArray(), out var time, out var opened));
        Assert.Equal(content, opened.ToArray());
        Assert.Equal(_time, time);
        for (var bit = 0; bit < file.Length * 8; bit++)
        {
            var flipped = file.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(StateEnvelope.TryOpen(key, flipped, out _, out _), $"bit {bit}");
        }

        for (var length = 0; length < file.Length; length++)
        {
            Assert.False(StateEnvelope.TryOpen(key, file.AsSpan(0, length).ToArray(), out _, out _), $"length {length}");
        }

        Assert.False(StateEnvelope.TryOpen(key, [.. file, 0], out _, out _));
    }

    [Fact]
    public void Turned_off_nothing_is_taken_up_and_what_is_there_is_deleted()
    {
        Start();
        Save();
        var off = Store(TimeSpan.Zero, SimulatedPki.DeviceVerifier, out var shard);
        off.TakeUp([shard], new ShardRouting(1, 8, new SystemEntropy()));
        Assert.False(off.IsOn);
        Assert.Equal(0, shard.ConnectionCount);
        Assert.False(File.Exists(Connections));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_said_and_the_connections_are_to_be_closed()
    {
        Start();
        _folder.Delete(recursive: true);
        File.WriteAllText(_folder.FullName, "a file in its place");
        try
        {
            Assert.Equal(SaveOutcome.Failed, Store(TimeSpan.FromHours(1), SimulatedPki.DeviceVerifier, out _).Save([[1, 2, 3]]));
            Assert.StartsWith("connections_not_saved problem=", _log.Written[^1], StringComparison.Ordinal);
            Assert.EndsWith("connections=closed", _log.Written[^1], StringComparison.Ordinal);
            Assert.Equal(0, Start());
            Assert.StartsWith("state_unusable ", _log.Written[^1], StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(_folder.FullName);
        }
    }

    [Fact]
    public void Without_connections_no_file_is_written()
    {
        Start();
        Assert.Equal(SaveOutcome.Saved, Store(TimeSpan.FromHours(1), SimulatedPki.DeviceVerifier, out _).Save([]));
        Assert.False(File.Exists(Connections));
    }

    [Fact]
    public void A_key_that_others_can_read_is_refused_with_the_remedy()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        Start();
        var folder = new StateFolder(_folder.FullName);
        Assert.Null(folder.CheckKey());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Key, OwnerOnly | UnixFileMode.GroupRead);
        }

        Assert.Contains("chmod 600", folder.CheckKey()!.ToString(), StringComparison.Ordinal);
    }

    private string Key => Path.Combine(_folder.FullName, "state.key");

    private string Connections => Path.Combine(_folder.FullName, "connections.bin");

    /// <summary>A run of the gateway; the result is how many connections it has then.</summary>
    private int Start(IPeerVerifier? verifier = null)
    {
        Store(TimeSpan.FromHours(1), verifier ?? SimulatedPki.DeviceVerifier, out var shard)
            .TakeUp([shard], new ShardRouting(1, 8, new SystemEntropy()));
        return shard.ConnectionCount;
    }

    /// <summary>Two devices connect, and the gateway stops.</summary>
    private void Save()
    {
        var world = Scenario.Create(1);
        world.AddConnectedDevice(connectionId: []);
        world.AddConnectedDevice();
        world.Stop();
        var outcome = Store(TimeSpan.FromHours(1), SimulatedPki.DeviceVerifier, out _).Save(world.Shards[0].Save(world.Now));
        Assert.Equal(SaveOutcome.Saved, outcome);
    }

    private void Advance(TimeSpan time) => _time = _time with { OfDay = _time.OfDay + time, Uptime = _time.Uptime + time };

    private ConnectionStore Store(TimeSpan maximumAge, IPeerVerifier verifier, out Shard shard)
    {
        var settings = Scenario.Create(2).ShardSettingsOf(0, 1);
        settings = settings with { Generation = settings.Generation with { Dtls = settings.Generation.Dtls with { Verifier = verifier } } };
        shard = new Shard(settings, new SystemEntropy());
        return new ConnectionStore(
            new StateOptions(_folder.FullName, maximumAge), settings, new SystemEntropy(), _metrics, _log, () => _time);
    }

    private static void AssertOwnerOnly(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        }
    }

    private sealed class Watching(Action seen) : IPeerVerifier
    {
        public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time)
        {
            seen();
            return SimulatedPki.DeviceVerifier.Verify(chain, SimulatedPki.Created);
        }
    }

    private sealed class Lines : ILogger
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add($"{eventId.Name} {formatter(state, exception)}");
    }
}
