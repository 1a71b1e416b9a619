using CoapBridge.Relay;

namespace CoapBridge.Options;

/// <summary>Section <c>Upstream:Amqp</c>: the cloud's broker speaks AMQP 0.9.1.</summary>
internal sealed record AmqpOptions : UpstreamOptions
{
    public override string Section => "Upstream:Amqp";

    public required string VirtualHost { get; init; }

    /// <summary>A topic exchange that is there.</summary>
    public required string Exchange { get; init; }

    public override string? ProblemOf(RouteKind kind) => kind == RouteKind.State
        ? "needs retained messages, which AMQP does not have: configure Upstream:Mqtt instead of Upstream:Amqp, or leave this route out" : null;
}
