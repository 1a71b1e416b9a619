using System.Text.Json.Serialization;

namespace CoapBridge.Status;

/// <summary>The traffic light of the status page; the larger the worse.</summary>
[JsonConverter(typeof(LowerCaseNames<StatusLight>))]
internal enum StatusLight
{
    /// <summary>Devices are served, and nothing wants attention.</summary>
    Green,

    /// <summary>Devices are served; something should be looked at.</summary>
    Yellow,

    /// <summary><c>/readyz</c> or <c>/healthz</c> says 503.</summary>
    Red,
}
