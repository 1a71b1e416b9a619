namespace CoapBridge.Status;

/// <summary>A certificate that the gateway uses or trusts.</summary>
/// <param name="Use">What for: <c>gateway</c>, <c>gateway issuer</c>, <c>device CA</c>, <c>broker CA</c> or <c>device and broker CA</c>.</param>
/// <param name="Subject">Whose.</param>
/// <param name="Issuer">Who issued it.</param>
/// <param name="End">When it expires.</param>
/// <param name="DaysLeft">Whole days until then; negative when it is over.</param>
internal sealed record CertificateReport(string Use, string Subject, string Issuer, DateTimeOffset End, int DaysLeft);
