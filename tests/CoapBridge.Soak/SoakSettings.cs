namespace CoapBridge.Soak;

/// <summary>How long, how much, with what luck.</summary>
internal sealed record SoakSettings
{
    public TimeSpan Length { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Devices that send telemetry and events, move, vanish and come back.</summary>
    public int Devices { get; init; } = 100;

    /// <summary>Devices that also observe, take commands, call, and send long bodies.</summary>
    public int Companions { get; init; } = 10;

    /// <summary>Messages a second of all <see cref="Devices"/> together.</summary>
    public double Rate { get; init; } = 50;

    public int Seed { get; init; } = Random.Shared.Next();

    /// <summary>The memory of the last tenth may be so much more than that of the first settled one.</summary>
    public double Tolerance { get; init; } = 0.05;

    /// <summary>Where everything goes.</summary>
    public required string Folder { get; init; }

    /// <summary>Takes a line for each thing that happens.</summary>
    public Action<string> Tell { get; init; } = _ => { };
}
