namespace CoapBridge.Status;

/// <summary>A revocation list that is in force.</summary>
/// <param name="Issuer">Whose.</param>
/// <param name="Entries">Revoked certificates.</param>
/// <param name="ThisUpdate">When it was made.</param>
/// <param name="NextUpdate">When the next one is due.</param>
/// <param name="DaysLeft">Whole days until then; negative when it is over.</param>
/// <param name="Current">It is valid now.</param>
internal sealed record RevocationListReport(string Issuer, int Entries, DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate, int DaysLeft, bool Current);
