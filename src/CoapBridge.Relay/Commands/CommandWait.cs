namespace CoapBridge.Relay;

/// <summary>A POST with <c>?ttd=</c>: once the broker has its message, a command may come with the answer.</summary>
/// <param name="Time">How long to wait for one.</param>
/// <param name="IsPublished">The broker has the message: whatever happens now, the answer is a success.</param>
internal sealed record CommandWait(TimeSpan Time, bool IsPublished);
