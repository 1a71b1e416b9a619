namespace CoapBridge.Options;

/// <summary>Section <c>Commands</c>.</summary>
/// <param name="Linger">How long the commands of a device stay subscribed to after its last connection.</param>
internal sealed record CommandsOptions(TimeSpan Linger);
