namespace CoapBridge.Proof;

/// <summary>How the proof is carried out.</summary>
internal sealed record ProofSettings
{
    public int Faults { get; init; } = 50;

    public int Devices { get; init; } = 200;

    /// <summary>The same faults, in the same order and for the same time; what runs beside them is not the same twice.</summary>
    public int Seed { get; init; } = Random.Shared.Next();

    /// <summary>With Mosquitto instead of the recording broker.</summary>
    public bool WithMosquitto { get; init; }

    /// <summary>Where logs and journals go.</summary>
    public required string Folder { get; init; }

    /// <summary>Takes a line for each thing that happens.</summary>
    public Action<string> Tell { get; init; } = _ => { };
}
