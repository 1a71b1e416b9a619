using CoapBridge.Relay;

namespace CoapBridge.Simulation;

// The outbox and its file.
public sealed partial class Scenario
{
    /// <summary>The owner of the messages of Keep routes.</summary>
    public OutboxDesk Outbox { get; private set; }

    /// <summary>What the outbox has on disk.</summary>
    public SimulatedOutboxFile OutboxFile { get; } = new();

    private OutboxDesk CreateOutbox(int shards)
    {
        var outbox = new OutboxDesk(_settings.Outbox, shards);
        outbox.HandleTimeOfDay(Now, TimeOfDay);
        outbox.Load(Now, OutboxFile.Load());
        return outbox;
    }

    private bool SettleOutbox()
    {
        var moved = false;
        while (Outbox.TryTakePublish(out var publish))
        {
            moved = true;
            Note($"publish {publish.Shard}/{publish.Ticket} {publish.Message.Topic}");
            Link.HandlePublish(Now, publish);
        }

        while (Outbox.TryTakeWrite(out var write))
        {
            moved = true;
            Note($"outbox {write.GetType().Name}");
            var outbox = Outbox;
            _agenda.In(StoreTime, () => Store(outbox, write));
        }

        while (Outbox.TryTakeRead(out var read))
        {
            moved = true;
            var found = OutboxFile.Read(read);
            Note($"outbox read {read.Device} {read.After} {found?.Id}");
            Outbox.HandleRead(Now, read.Device, found?.Id ?? 0, found?.Message);
        }

        while (Outbox.TryTakeReceipt(out var answer))
        {
            moved = true;
            Note($"outbox receipt {answer.Shard}/{answer.Receipt.Ticket} {answer.Receipt.Outcome}");
            _shards[answer.Shard].HandleReceipt(Now, answer.Receipt);
        }

        return moved;
    }

    /// <summary>What a gateway that has ended had not written is lost.</summary>
    private void Store(OutboxDesk outbox, OutboxWrite write)
    {
        if (!ReferenceEquals(outbox, Outbox))
        {
            return;
        }

        if (write is OutboxWrite.Add refused && OutboxFile.Refuses)
        {
            Outbox.HandleNotStored(Now, refused);
            return;
        }

        Outbox.HandleExpired(OutboxFile.Apply(write));
        if (write is OutboxWrite.Add add)
        {
            Outbox.HandleStored(Now, add);
        }
    }
}
