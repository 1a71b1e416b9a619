namespace CoapBridge.Status;

/// <summary>How the way to the broker stands.</summary>
/// <param name="State"><c>connected</c>, <c>away</c> or <c>refused</c>.</param>
/// <param name="Broker">Host and port, as the configuration names them.</param>
/// <param name="Address">The address that answered last.</param>
/// <param name="Since">When it came to stand so.</param>
/// <param name="NextAttempt">When the gateway tries again.</param>
/// <param name="CertificateEnd">When the certificate that the broker showed last expires.</param>
/// <param name="CertificateDaysLeft">Whole days until then; negative when it is over.</param>
/// <param name="LastFailure">Why it was not connected, or is not.</param>
internal sealed record UpstreamReport(
    string State, string Broker, string? Address, DateTimeOffset Since, DateTimeOffset? NextAttempt, DateTimeOffset? CertificateEnd,
    int? CertificateDaysLeft, UpstreamFailure? LastFailure)
{
    public bool IsConnected => State == Connected;

    public const string Connected = "connected";
}

/// <summary>Why the way to the broker ended, or could not be gone.</summary>
/// <param name="Time">When, the last time.</param>
/// <param name="What">What happened.</param>
/// <param name="Remedy">What an operator can do.</param>
internal sealed record UpstreamFailure(DateTimeOffset Time, string What, string? Remedy);
