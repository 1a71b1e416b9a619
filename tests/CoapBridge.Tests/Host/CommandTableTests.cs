using CoapBridge.Relay;
using CoapBridge.Storage;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Host;

/// <summary>The database of commands: what was applied is there when it is opened again.</summary>
public sealed class CommandTableTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-outbox-");
    private readonly TimeOfDay _clock = new(new Instant(5_000_000_000), new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    private string FilePath => Path.Combine(_folder.FullName, "sub", "outbox.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Commands_and_devices_are_there_in_order_when_it_is_opened_again()
    {
        var first = One("00000001", "d") with { ResponseTopic = "r", CorrelationData = new byte[] { 1, 2 } };
        var second = One("00000002", "d") with { Content = new Content(new byte[] { 9 }) { Format = 50 }, Name = "a/b" };
        var third = One("00000001", "e");
        Apply(
            new CommandWrite.Subscribe("d", "x/d/c/#"), new CommandWrite.Subscribe("e", "x/e/c/#"), new CommandWrite.Add(first, 1),
            new CommandWrite.Add(second, 2), new CommandWrite.Add(third, 3));
        Apply(
            new CommandWrite.Take("d", "00000001", first.Ends + TimeSpan.FromSeconds(5)), new CommandWrite.Remove("e", "00000001"),
            new CommandWrite.Unsubscribe("e"), new CommandWrite.Subscribe("d", "y/d/c/#"));

        using var file = OutboxFile.Open(FilePath);
        Assert.Null(file.SetAside);
        using var table = new CommandTable(file);
        Assert.Equal([("d", "y/d/c/#")], table.LoadDevices());
        var commands = table.LoadCommands(_clock);
        Assert.Equal(2, commands.Count);
        Assert.Equal(("00000001", "d", "", "r", true), (commands[0].Id, commands[0].Device, commands[0].Name, commands[0].ResponseTopic, commands[0].IsTaken));
        Assert.Equal([1, 2], commands[0].CorrelationData!.Value.ToArray());
        Assert.Equal(first.Ends + TimeSpan.FromSeconds(5), commands[0].Ends);
        Assert.Equal(("a/b", 50u, null, false), (commands[1].Name, commands[1].Content.Format, commands[1].ResponseTopic, commands[1].IsTaken));
        Assert.Equal([9], commands[1].Content.Payload.ToArray());
        Assert.Null(commands[1].CorrelationData);
    }

    [Fact]
    public void Of_writes_that_cannot_all_be_done_none_is()
    {
        Apply(new CommandWrite.Add(One("00000001", "d"), 1));
        Assert.ThrowsAny<Exception>(() => Apply(new CommandWrite.Add(One("00000002", "d"), 2), new CommandWrite.Add(One("00000001", "d"), 3)));
        using var file = OutboxFile.Open(FilePath);
        using var table = new CommandTable(file);
        Assert.Single(table.LoadCommands(_clock));
    }

    [Fact]
    public void The_clock_may_be_another_at_the_next_start()
    {
        var command = One("00000001", "d");
        Apply(new CommandWrite.Add(command, 1));
        using var file = OutboxFile.Open(FilePath);
        var later = new TimeOfDay(new Instant(7), _clock.Utc + TimeSpan.FromMinutes(10));
        using var table = new CommandTable(file);
        Assert.Equal(TimeSpan.FromMinutes(50), Assert.Single(table.LoadCommands(later)).Ends - later.Told);
    }

    [Theory]
    [InlineData("this is no database, and long enough to be looked at as one: 0123456789012345678901234567890123456789012345678901234567890")]
    public void A_damaged_file_is_set_aside_and_a_new_one_made(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, content);
        using var file = OutboxFile.Open(FilePath);
        Assert.Equal(content, File.ReadAllText(file.SetAside!));
        using var table = new CommandTable(file);
        Assert.Empty(table.LoadCommands(_clock));
    }

    private void Apply(params CommandWrite[] writes)
    {
        using var file = OutboxFile.Open(FilePath);
        using var table = new CommandTable(file);
        table.Apply(_clock, writes);
    }

    private Command One(string id, string device) => new(id, device, "", new Content(default), _clock.Told + TimeSpan.FromHours(1));
}
