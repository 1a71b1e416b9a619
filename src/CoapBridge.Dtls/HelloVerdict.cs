namespace CoapBridge.Dtls;

/// <summary>The judgement on a hello.</summary>
public readonly record struct HelloVerdict(HelloOutcome Outcome)
{
    /// <summary>Why it was refused.</summary>
    public DtlsFault Fault { get; init; }

    /// <summary>What the client offered; null when its cookie was not good.</summary>
    public HelloSummary? Summary { get; init; }

    /// <summary>The hello that was accepted; null otherwise.</summary>
    public VerifiedHello? Hello { get; init; }
}
