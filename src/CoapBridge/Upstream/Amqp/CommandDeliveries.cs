using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Upstream.Amqp;

/// <summary>
/// Messages on their way to owners. A command is settled at the broker when its owner has it on disk; how many may be open says the
/// channel's prefetch. Answers to calls need no settling, so an owner that is behind loses them.
/// </summary>
internal sealed class CommandDeliveries
{
    /// <summary>Answers to calls that one owner may have open.</summary>
    private const int MaximumReplies = 4_096;

    private readonly Dictionary<ulong, Command> _commands = [];
    private readonly Dictionary<ulong, int> _replies = [];
    private readonly Queue<(int Owner, Delivery Delivery)> _ready = new();
    private readonly Queue<Settlement> _settlements = new();
    private ulong _lastTicket;

    /// <summary>Messages that nobody got.</summary>
    public long Dropped { get; private set; }

    public void AddCommand(ulong tag, string filter, IReadOnlyList<int> owners, ApplicationMessage message, bool isDuplicate)
    {
        var command = new Command(tag) { Left = owners.Count };
        foreach (var owner in owners)
        {
            _commands.Add(++_lastTicket, command);
            _ready.Enqueue((owner, new Delivery(filter, message, _lastTicket, isDuplicate)));
        }
    }

    public void AddReply(string filter, IReadOnlyList<int> owners, ApplicationMessage message)
    {
        foreach (var owner in owners)
        {
            if (_replies.Count >= MaximumReplies * owners.Count)
            {
                Dropped++;
                continue;
            }

            _replies.Add(++_lastTicket, owner);
            _ready.Enqueue((owner, new Delivery(filter, message, _lastTicket, IsDuplicate: false)));
        }
    }

    /// <summary>Nobody wants it, or its key is that of no topic: the broker is told that it is thrown away.</summary>
    public void Refuse(ulong tag)
    {
        Dropped++;
        _settlements.Enqueue(new Settlement(tag, IsTaken: false));
    }

    public void HandleAcknowledgement(in DeliveryAcknowledgement acknowledgement)
    {
        if (_replies.Remove(acknowledgement.Ticket) || !_commands.Remove(acknowledgement.Ticket, out var command))
        {
            return;
        }

        command.IsRefused |= acknowledgement.Reason.IsFailure();
        if (--command.Left == 0)
        {
            _settlements.Enqueue(new Settlement(command.Tag, !command.IsRefused));
        }
    }

    /// <summary>Tags are a channel's: what is open the broker delivers again.</summary>
    public void HandleDisconnected()
    {
        _commands.Clear();
        _settlements.Clear();
    }

    public bool TryTake(out int owner, out Delivery delivery)
    {
        var isThere = _ready.TryDequeue(out var next);
        (owner, delivery) = next;
        return isThere;
    }

    public bool TryTakeSettlement(out Settlement settlement) => _settlements.TryDequeue(out settlement);

    private sealed class Command(ulong tag)
    {
        public ulong Tag { get; } = tag;

        public int Left { get; set; }

        public bool IsRefused { get; set; }
    }
}

/// <summary>What the broker hears of a command.</summary>
/// <param name="Tag">The delivery's.</param>
/// <param name="IsTaken">False: it is thrown away, or goes to the queue's dead letters.</param>
internal readonly record struct Settlement(ulong Tag, bool IsTaken);
