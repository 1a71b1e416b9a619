namespace CoapBridge.Status;

/// <summary>Handshakes that came to nothing for one reason.</summary>
/// <param name="Reason">The word of the log line.</param>
/// <param name="Count">Since the start.</param>
/// <param name="Recent">In the last minutes.</param>
/// <param name="What">The reason in plain words.</param>
/// <param name="Remedy">What can be done.</param>
/// <param name="Last">When it came last.</param>
/// <param name="Peer">From where.</param>
/// <param name="Subject">The certificate's subject, as its peer chose it; null: none was seen.</param>
internal sealed record RefusalReport(
    string Reason, long Count, long Recent, string What, string Remedy, DateTimeOffset Last, string Peer, string? Subject);
