using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>
/// One line of the table: POST <c>/{Name}[/sub…]</c> publishes to <c>{prefix}/{device}/{Name}[/sub…]</c>
/// (PRODUCT.md, "Resources"). Immutable.
/// </summary>
/// <param name="Name">The first path segment, and the topic level after the device.</param>
/// <param name="FixedQuality">The quality of service whatever the request says; null: CON → 1, NON → 0, or as <c>?qos=</c> asks.</param>
/// <param name="MaximumBody">Bytes of payload.</param>
public sealed record Route(string Name, QualityOfService? FixedQuality, int MaximumBody);
