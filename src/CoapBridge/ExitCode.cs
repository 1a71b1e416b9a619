namespace CoapBridge;

/// <summary>What <c>run</c> ends with.</summary>
internal enum ExitCode
{
    Stopped = 0,

    /// <summary>Failed while running.</summary>
    Failed = 1,

    /// <summary>The configuration is wrong; nothing was started.</summary>
    Configuration = 2,
}
