using CoapBridge.Relay;

namespace CoapBridge.Simulation;

// The command desk and its file.
public sealed partial class Scenario
{
    /// <summary>The owner of the commands for devices.</summary>
    public CommandDesk CommandDesk { get; private set; }

    /// <summary>What the desk has on disk.</summary>
    public SimulatedDeskFile DeskFile { get; } = new();

    /// <summary>How long the disk takes.</summary>
    public TimeSpan StoreTime { get; set; }

    private CommandDesk CreateDesk(int shards)
    {
        var desk = new CommandDesk(new CommandDeskSettings(), shards, _entropy);
        desk.Load(Now, DeskFile.Devices.ToList(), DeskFile.Commands.ToList());
        return desk;
    }

    private bool SettleDesk()
    {
        var moved = false;
        while (CommandDesk.TryTakeWrite(out var write))
        {
            moved = true;
            Note($"write {write}");
            var desk = CommandDesk;
            _agenda.In(StoreTime, () => Store(desk, write));
        }

        while (CommandDesk.TryTakeSubscription(out var change))
        {
            moved = true;
            Link.HandleSubscription(Now, change);
        }

        while (CommandDesk.TryTakeAcknowledgement(out var acknowledgement))
        {
            moved = true;
            Link.HandleAcknowledgement(Now, acknowledgement);
        }

        while (CommandDesk.TryTakeAnswer(out var answer))
        {
            moved = true;
            Note($"desk {answer.Shard} {answer.Ticket} {answer.Observer} {answer.Command?.Id}");
            _shards[answer.Shard].HandleDeskAnswer(Now, answer);
        }

        return moved;
    }

    /// <summary>What a gateway that has ended had not written is lost.</summary>
    private void Store(CommandDesk desk, CommandWrite write)
    {
        if (!ReferenceEquals(desk, CommandDesk))
        {
            return;
        }

        DeskFile.Apply(write);
        if (write is CommandWrite.Add add)
        {
            CommandDesk.HandleStored(Now, add);
        }
    }
}
