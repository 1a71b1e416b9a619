namespace CoapBridge.State;

/// <summary>What became of the file.</summary>
internal enum SaveOutcome
{
    Saved,

    /// <summary>There is none: the connections may be used once more, to close them.</summary>
    Failed,

    /// <summary>There may be one: the connections must not be used, or a sequence number could come twice.</summary>
    Unknown,
}
