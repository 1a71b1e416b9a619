using System.Globalization;

namespace CoapBridge.Options;

/// <summary>Where a broker is.</summary>
/// <param name="Host">DNS name or IP address.</param>
/// <param name="Port">1 to 65,535.</param>
internal sealed record BrokerAddress(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c>; an IPv6 address stands in brackets.</summary>
    public static Checked<BrokerAddress> Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        var bare = host is ['[', .. var inner, ']'] ? inner : host.Contains(':', StringComparison.Ordinal) ? "" : host;
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && colon > 0
            && port is > 0 and <= 65_535 && Rule.Host(bare).Problem is null
            ? new(new BrokerAddress(bare, port)) : new(null, "must be host:port, like broker-b.example:8883");
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
