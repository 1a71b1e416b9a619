using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Options;

/// <summary>Section <c>Upstream:Mqtt</c>: the cloud's broker speaks MQTT.</summary>
internal sealed record MqttOptions : UpstreamOptions
{
    public override string Section => "Upstream:Mqtt";

    /// <summary>The scope of an Azure Device Provisioning Service at Host, which says where the broker is; null: Host is the broker.</summary>
    public required string? DpsIdScope { get; init; }

    public required MqttVersion Version { get; init; }

    /// <summary>Whole seconds, at most 65535 (MQTT 5 §3.1.2.10).</summary>
    public required TimeSpan KeepAlive { get; init; }

    public override string? ProblemOf(RouteKind kind) => kind == RouteKind.Call && Version != MqttVersion.Mqtt5
        ? "needs MQTT 5, which has a Response Topic: set Upstream:Mqtt:Version to 5, or leave this route out" : null;
}
