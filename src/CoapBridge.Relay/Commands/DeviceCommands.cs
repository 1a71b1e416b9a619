using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>One device at the command desk.</summary>
internal sealed class DeviceCommands(string name) : IDeadlineOwner
{
    public string Name => name;

    int IDeadlineOwner.DeadlinePlace { get; set; }

    /// <summary>What is subscribed to for it; null: nothing.</summary>
    public string? Filter { get; set; }

    /// <summary>The broker has not said yet that it has the subscription, and nobody has waited for that in vain.</summary>
    public bool AwaitsSubscription { get; set; }

    /// <summary>Its connections that the desk was told of.</summary>
    public int Connections { get; set; }

    /// <summary>When the subscription ends; meaningful without a connection.</summary>
    public Instant LingersUntil { get; set; }

    /// <summary>Commands that are not on disk yet.</summary>
    public int Storing { get; set; }

    /// <summary>Commands that it has not taken, oldest first.</summary>
    public List<Command> Waiting { get; } = [];

    /// <summary>Commands that it has taken and may reply to.</summary>
    public List<Command> Taken { get; } = [];

    /// <summary>Requests that wait for a command, oldest first.</summary>
    public List<DeskMessage.Ask> Asks { get; } = [];

    /// <summary>Connections that want to be told, the newest last.</summary>
    public List<DeskMessage.Observe> Observers { get; } = [];

    /// <summary>The command that an observer was told and has not acknowledged.</summary>
    public (Command Command, DeskMessage.Observe To)? Told { get; set; }

    public int Count => Storing + Waiting.Count + Taken.Count;

    /// <summary>When a command or a request ends, or the subscription.</summary>
    public Instant? NextDeadline
    {
        get
        {
            var next = Filter is not null && Connections == 0 ? LingersUntil : (Instant?)null;
            foreach (var command in Waiting.Concat(Taken))
            {
                next = Instant.Earliest(next, command.Ends);
            }

            foreach (var ask in Asks)
            {
                next = Instant.Earliest(next, EndOf(ask));
            }

            return next;
        }
    }

    /// <summary>Nothing needs to be known of it.</summary>
    public bool IsForgettable => Filter is null && Connections == 0 && Count == 0 && Asks.Count == 0 && Observers.Count == 0;

    /// <summary>When a request is answered that there is no command.</summary>
    public Instant EndOf(DeskMessage.Ask ask) => AwaitsSubscription && ask.SubscribedBy > ask.Until ? ask.SubscribedBy : ask.Until;

    public Command? Find(string id) => Waiting.Find(command => command.Id == id) ?? Taken.Find(command => command.Id == id);
}
