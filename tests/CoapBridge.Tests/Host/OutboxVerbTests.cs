using System.Collections;
using System.Text;
using System.Text.Json;
using CoapBridge.Mqtt;
using CoapBridge.Options;
using CoapBridge.OutboxVerbs;
using CoapBridge.Relay;
using CoapBridge.Storage;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Host;

/// <summary><c>coapbridge outbox</c> without a gateway that runs: on the file itself.</summary>
public sealed class OutboxVerbTests : IDisposable
{
    private const string Payload = "a payload that nobody may see";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-outbox-verb-");
    private readonly StringWriter _output = new();
    private readonly BridgeOptions _options;

    public OutboxVerbTests()
    {
        var config = Path.Combine(_folder.FullName, "appsettings.json");
        File.WriteAllText(config, """{ "Upstream": { "Mqtt": { "Host": "localhost" } } }""");
        _options = OptionsLoader.Load(config, new Hashtable(), [], new List<OptionsError>());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Without_a_file_the_list_says_where_it_looked()
    {
        Assert.Equal(0, Commands().List(null, quarantineOnly: false, asJson: false));
        Golden.Check("outbox-list-none", _output.ToString(), _folder.FullName);
        Assert.False(File.Exists(_options.Outbox.File));
    }

    [Fact]
    public void The_list_has_what_waits_by_device_and_what_is_in_quarantine_one_by_one_and_no_payload()
    {
        Fill();
        Assert.Equal(0, Commands().List(null, quarantineOnly: false, asJson: false));
        Golden.Check("outbox-list", _output.ToString(), _folder.FullName);
        Assert.DoesNotContain(Payload, _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_read_the_same()
    {
        Fill();
        Commands().List("sensor-2", quarantineOnly: false, asJson: true);
        Assert.DoesNotContain(Payload, _output.ToString(), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(_output.ToString());
        Assert.Empty(json.RootElement.GetProperty("waiting").EnumerateArray());
        var refused = Assert.Single(json.RootElement.GetProperty("quarantine").EnumerateArray());
        Assert.Equal(
            ("0000000000000000000000000000000c", "devices/sensor-2/e", "0x87 NotAuthorized"),
            (refused.GetProperty("message_id").GetString(), refused.GetProperty("topic").GetString(), refused.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_retry_puts_messages_back_for_the_next_start()
    {
        Fill();
        Assert.Equal(1, await Commands().RetryAsync(new OutboxOrder(OutboxAction.Retry) { Device = "nobody" }, TestContext.Current.CancellationToken));
        Assert.Equal(0, await Commands().RetryAsync(new OutboxOrder(OutboxAction.Retry), TestContext.Current.CancellationToken));
        Assert.Contains("no gateway runs, so they are sent after its next start", _output.ToString(), StringComparison.Ordinal);
        var listing = OutboxListing.Read(_options.Outbox.File, null);
        Assert.Empty(listing.Quarantine);
        Assert.Equal([("sensor-1", 2L), ("sensor-2", 1L)], listing.Waiting.Select(one => (one.Device, one.Messages)));
    }

    [Fact]
    public async Task What_root_retries_while_no_gateway_runs_can_be_used_by_the_gateway_afterwards()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can make files for others");
        FileOwner.Give(_folder.FullName, FileOwner.Nobody);
        Fill();
        Assert.Equal(0, await Commands().RetryAsync(new OutboxOrder(OutboxAction.Retry), TestContext.Current.CancellationToken));
        Assert.Equal(
            [("outbox.db", FileOwner.Nobody), ("outbox.db.lock", FileOwner.Nobody)],
            Directory.GetFiles(_folder.FullName, "outbox.*").Order(StringComparer.Ordinal).Select(one => (Path.GetFileName(one), FileOwner.Of(one))));
    }

    [Theory]
    [InlineData("n", 1, 1)]
    [InlineData("", 1, 1)]
    [InlineData("y", 0, 0)]
    public async Task A_purge_asks_first_and_says_what_it_removed(string answer, int exitCode, int left)
    {
        Fill();
        Assert.Equal(exitCode, await Commands(answer).PurgeAsync([new OutboxOrder(OutboxAction.PurgeQuarantine)], isSure: false, TestContext.Current.CancellationToken));
        Assert.Equal(left, OutboxListing.Read(_options.Outbox.File, null).Quarantine.Count);
        Golden.Check(left == 0 ? "outbox-purge" : "outbox-purge-not", _output.ToString(), _folder.FullName);
    }

    [Fact]
    public async Task A_purge_of_what_waits_is_of_one_device_or_of_what_is_old()
    {
        Fill();
        var old = new OutboxOrder(OutboxAction.PurgeWaiting) { Before = DateTimeOffset.UtcNow.AddHours(-1) };
        Assert.Equal(0, await Commands().PurgeAsync([old], isSure: true, TestContext.Current.CancellationToken));
        Assert.Equal(2, OutboxListing.Read(_options.Outbox.File, null).Waiting.Sum(one => one.Messages));
        Assert.Equal(0, await Commands().PurgeAsync([old with { Before = null, Device = "sensor-1" }], isSure: true, TestContext.Current.CancellationToken));
        Assert.Empty(OutboxListing.Read(_options.Outbox.File, null).Waiting);
        Assert.Single(OutboxListing.Read(_options.Outbox.File, null).Quarantine);
    }

    private OutboxCommands Commands(string answer = "") => new(_options, new StringReader(answer), _output);

    /// <summary>Two messages of sensor-1 wait, one of sensor-2 was refused.</summary>
    private void Fill()
    {
        using var file = OutboxFile.Open(_options.Outbox.File);
        using var table = new OutboxTable(file);
        var desk = new OutboxDesk(new OutboxSettings(), 1);
        desk.HandleTimeOfDay(new Instant(0), DateTimeOffset.UtcNow);
        desk.Load(new Instant(0), []);
        foreach (var (device, id) in new[] { ("sensor-1", "a"), ("sensor-1", "b"), ("sensor-2", "c") })
        {
            desk.HandleMessage(new Instant(0), new KeptMessage(0, 1, device, new ApplicationMessage
            {
                Topic = $"devices/{device}/e", Payload = Encoding.UTF8.GetBytes(Payload), QualityOfService = QualityOfService.AtLeastOnce,
                UserProperties = [new("device", device), new("message_id", id.PadLeft(32, '0'))],
            }));
        }

        List<OutboxWrite> writes = [];
        while (desk.TryTakeWrite(out var write))
        {
            writes.Add(write);
        }

        table.Apply([.. writes, new OutboxWrite.Quarantine(((OutboxWrite.Add)writes[^1]).Entry.Id, "0x87")]);
    }
}
