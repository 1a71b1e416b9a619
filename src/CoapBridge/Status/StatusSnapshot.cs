namespace CoapBridge.Status;

/// <summary>How the gateway does at one moment: what <c>/</c> and <c>/status.json</c> show. Names become camelCase there.</summary>
internal sealed record StatusSnapshot
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>Its ClientId at the broker.</summary>
    public required string Gateway { get; init; }

    public required string Version { get; init; }

    public required long UptimeSeconds { get; init; }

    public StatusLight Light { get; init; }

    /// <summary>Why it is not green, the worst first.</summary>
    public IReadOnlyList<StatusReason> Reasons { get; init; } = [];

    /// <summary>As <c>/readyz</c> says.</summary>
    public required bool Ready { get; init; }

    /// <summary>The words of <c>/readyz</c>.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    public required UpstreamReport Upstream { get; init; }

    public required OutboxReport Outbox { get; init; }

    public required ConnectionsReport Connections { get; init; }

    public required IReadOnlyList<CertificateReport> Certificates { get; init; }

    public required IReadOnlyList<RevocationListReport> RevocationLists { get; init; }

    public required DevicesReport Devices { get; init; }

    /// <summary>The newest first.</summary>
    public required IReadOnlyList<ProblemReport> Problems { get; init; }

    public required ConfigurationReport Configuration { get; init; }
}
