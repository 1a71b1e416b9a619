namespace CoapBridge.Status;

/// <summary>Connections and handshakes, all shards together.</summary>
/// <param name="Live">Established connections.</param>
/// <param name="Max"><c>Listen:MaxConnections</c>.</param>
/// <param name="HandshakesInFlight">Handshakes under way.</param>
/// <param name="HandshakesOk">Completed since the start.</param>
/// <param name="HandshakesRefused">Refused since the start.</param>
/// <param name="RecentMinutes">The window of the two that follow, and of each reason's <see cref="RefusalReport.Recent"/>.</param>
/// <param name="RecentOk">Completed in the window.</param>
/// <param name="RecentRefused">Refused in the window, devices that only began again aside.</param>
/// <param name="Refusals">By reason; what came most often in the window first.</param>
internal sealed record ConnectionsReport(
    long Live, long Max, long HandshakesInFlight, long HandshakesOk, long HandshakesRefused, int RecentMinutes, long RecentOk, long RecentRefused,
    IReadOnlyList<RefusalReport> Refusals);
