using CoapBridge.Commands;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Storage;
using CoapBridge.Upstream;
using CoapBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Tests.Host;

/// <summary>The thread of the command desk: nothing is acknowledged that is not on disk, whatever the disk says.</summary>
public sealed class CommandLoopTests : IDisposable
{
    private const string Filter = "devices/d/c/#";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-commands-");
    private readonly UpstreamInbox _upstream = new(() => { });
    private readonly List<Exception> _faults = [];

    private readonly OutboxClaim _claim;

    public CommandLoopTests() => _claim = new OutboxClaim(FilePath);

    private string FilePath => Path.Combine(_folder.FullName, "state", "outbox.db");

    public void Dispose()
    {
        Assert.Empty(_faults);
        _claim.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void A_command_is_acknowledged_and_is_there_after_a_restart()
    {
        using (var loop = Start())
        {
            loop.TryPost(DeskMail.Of(new DeskMessage.Connected("d", Filter)));
            loop.TryPost(DeskMail.Of(Command(7)));
            Assert.Equal(7ul, Acknowledged());
        }

        using var again = Start();
        Assert.Equal(1, again.Desk.Count);
        Assert.True(SpinWait.SpinUntil(() => _upstream.TryTake(out SubscriptionChange change) && change is { Filter: Filter, Wanted: true }, Patience));
    }

    [Fact]
    public void What_was_posted_before_the_end_is_stored()
    {
        for (var round = 0; round < 20; round++)
        {
            using (var loop = Start())
            {
                loop.TryPost(DeskMail.Of(new DeskMessage.Connected("d", Filter)));
                loop.TryPost(DeskMail.Of(Command((ulong)round + 1)));
            }

            using var again = Start();
            Assert.Equal(round + 1, again.Desk.Count);
        }
    }

    [Fact]
    public void A_disk_that_refuses_is_tried_again_and_the_broker_keeps_the_command_meanwhile()
    {
        var obstacle = Path.Combine(_folder.FullName, "state");
        File.WriteAllText(obstacle, "no folder");
        using var loop = Start();
        loop.TryPost(DeskMail.Of(new DeskMessage.Connected("d", Filter)));
        loop.TryPost(DeskMail.Of(Command(7)));
        Assert.True(SpinWait.SpinUntil(() => loop.Desk.Count == 1, Patience));
        Assert.False(_upstream.TryTake(out DeliveryAcknowledgement _));
        File.Delete(obstacle);
        Assert.Equal(7ul, Acknowledged());
    }

    private CommandLoop Start()
    {
        var loop = new CommandLoop(
            new CommandDesk(new CommandDeskSettings(), 1, new SeededEntropy(3)), _claim, _upstream, _ => true, _ => { }, _faults.Add, NullLogger.Instance);
        loop.Start();
        return loop;
    }

    private ulong Acknowledged()
    {
        DeliveryAcknowledgement acknowledgement = default;
        Assert.True(SpinWait.SpinUntil(() => _upstream.TryTake(out acknowledgement), Patience));
        return acknowledgement.Ticket;
    }

    private static Delivery Command(ulong ticket) =>
        new(Filter, new ApplicationMessage { Topic = "devices/d/c/x", Payload = "1"u8.ToArray() }, ticket, IsDuplicate: false);
}
