namespace CoapBridge.Relay;

/// <summary>What the command desk is told by the configuration.</summary>
public sealed record CommandDeskSettings
{
    /// <summary>How long a device's commands stay subscribed to after its last connection.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long a command waits whose message has no expiry.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Subscriptions that bring the commands of all devices.</summary>
    public IReadOnlyList<CommandSource> Sources { get; init; } = [];

    /// <summary>Stands for a device's own subscription, which it then has none of; null: each has its own.</summary>
    public string? SharedFilter { get; init; }

    /// <summary>How long a device may reply to a command that it has.</summary>
    public TimeSpan ReplyTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Commands of one device, those included that it has and has not replied to.</summary>
    public int MaximumPerDevice { get; init; } = 64;

    /// <summary>Commands of all devices.</summary>
    public int Maximum { get; init; } = 100_000;

    /// <summary>Requests of one device that wait for a command.</summary>
    public int MaximumWaits { get; init; } = 4;
}
