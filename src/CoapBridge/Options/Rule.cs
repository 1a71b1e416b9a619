using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Options;

/// <summary>The rules for single values. Each says what would be right; none accepts a value that it would read differently than a person.</summary>
internal static class Rule
{
    public static Func<string, Checked<int>> Whole(int minimum, int maximum) => text =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum
            ? new(value)
            : new(0, $"must be a whole number from {minimum} to {maximum}");

    public static Checked<bool> Flag(string text) =>
        bool.TryParse(text, out var value) ? new(value) : new(false, "must be true or false");

    /// <summary><c>[days.]hh:mm:ss[.fraction]</c>. A bare number, which TimeSpan would take as days, is refused.</summary>
    public static Func<string, Checked<TimeSpan>> Span(TimeSpan minimum, TimeSpan maximum) => text =>
        HasShapeOfSpan(text)
            && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum
            ? new(value)
            : new(default, $"must be a time span [days.]hh:mm:ss from {minimum:c} to {maximum:c}");

    public static Func<string, Checked<T>> OneOf<T>()
        where T : struct, Enum => text =>
    {
        var names = Enum.GetNames<T>();
        var match = names.FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase));
        return match is null ? new(default, $"must be {string.Join(" or ", names)}")
            : new(Enum.Parse<T>(match));
    };

    /// <summary>An IP address and a port, as <c>0.0.0.0:5684</c> or <c>[::]:5684</c>; port 0 lets the system choose.</summary>
    public static Checked<IPEndPoint> EndPoint(string text)
    {
        const string problem = "must be an IP address and a port, like 0.0.0.0:5684 or [::]:5684";
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || AddressOf(text[..colon]) is not { } address)
        {
            return new(null, problem);
        }

        var multicast = address.IsIPv6Multicast
            || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] >= 224);
        return address.IsIPv4MappedToIPv6 ? new(null, "must name an IPv4 address in its own form, like 0.0.0.0:5684")
            : multicast ? new(null, "must not be a multicast or broadcast address")
            : new(new IPEndPoint(address, port));
    }

    /// <summary>A DNS name or an IP address literal, never with a port or a scheme.</summary>
    public static Checked<string> Host(string text) => Uri.CheckHostName(text) switch
    {
        UriHostNameType.Dns when text.Length <= 253 => new(text),
        UriHostNameType.IPv4 or UriHostNameType.IPv6 => new(text),
        _ => new("", "must be a host name or an IP address, without scheme and port"),
    };

    /// <summary>A relative path is relative to <paramref name="folder"/>.</summary>
    public static Func<string, Checked<string>> PathFrom(string folder) => text =>
        text.Contains('\0', StringComparison.Ordinal) ? new("", "must be a file path") : new(Path.GetFullPath(text, folder));

    /// <summary>One or more topic levels that a gateway may put in front of a device's own (MQTT 5 §4.7).</summary>
    public static Checked<string> TopicPrefix(string text) =>
        !IsTopicText(text) || text.StartsWith('$') || text.Split('/').Any(level => level.Length == 0) || text.Length > 255
            ? new("", "must be topic levels without empty ones, '+', '#', a leading '$' or control characters, at most 255 characters")
            : new(text);

    /// <summary>One topic level, because the client identifier is part of <c>gateways/{ClientId}/…</c>.</summary>
    public static Checked<string> ClientId(string text) =>
        IsTopicText(text) && !text.Contains('/', StringComparison.Ordinal) && text.Length <= 128
            ? new(text)
            : new("", "must be 1 to 128 characters without '/', '+', '#' and control characters");

    /// <summary>IPv6 in brackets, or all four numbers of an IPv4 address; null for anything else that the platform would take.</summary>
    private static IPAddress? AddressOf(string text)
    {
        var isBracketed = text.StartsWith('[') && text.EndsWith(']');
        var literal = isBracketed ? text[1..^1] : text;
        return literal.AsSpan().ContainsAny("[]/") || !IPAddress.TryParse(literal, out var address) ? null
            : isBracketed ? (address.AddressFamily == AddressFamily.InterNetworkV6 ? address : null)
            : address.ToString() == literal && address.AddressFamily == AddressFamily.InterNetwork ? address // 010.0.0.1 is octal to some
            : null;
    }

    private static bool HasShapeOfSpan(string text) =>
        text.All(one => char.IsAsciiDigit(one) || one is ':' or '.')
            && text.Split(':') is [var hours, { Length: 2 }, var seconds]
            && (hours.Split('.') is [{ Length: 2 }] or [{ Length: >= 1 and <= 5 }, { Length: 2 }])
            && (seconds.Split('.') is [{ Length: 2 }] or [{ Length: 2 }, { Length: >= 1 and <= 7 }]);

    private static bool IsTopicText(string text) => text.All(one => one is not ('+' or '#') && !char.IsControl(one) && !char.IsSurrogate(one));
}
