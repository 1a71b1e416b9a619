namespace CoapBridge.Status;

/// <summary>Which configuration is in force.</summary>
/// <param name="File">Its file.</param>
/// <param name="Generation">0 after the start; each reload that changes something is one more.</param>
/// <param name="LastReload">The last attempt to change it; null: there was none.</param>
internal sealed record ConfigurationReport(string File, int Generation, ReloadReport? LastReload);

/// <summary>An attempt to put changed files in force.</summary>
/// <param name="Time">When.</param>
/// <param name="Cause">What for: <c>sighup</c>, <c>file</c> or <c>revocation_list_date</c>.</param>
/// <param name="Problem">Why it changed nothing; null: it is in force.</param>
internal sealed record ReloadReport(DateTimeOffset Time, string Cause, string? Problem);
