using System.Globalization;
using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>Content-Format numbers (RFC 7252 §12.3, RFC 8428 §12.3 and their registry) and the media types they stand for.</summary>
internal static class ContentFormats
{
    public const ushort Text = 0;
    public const ushort Links = 40;
    public const ushort OctetStream = 42;
    public const ushort Cbor = 60;

    /// <summary>The user property with the number of a format whose media type we do not know.</summary>
    public const string Property = "content_format";

    private static readonly Dictionary<ushort, string> MediaTypes = new()
    {
        [Text] = "text/plain;charset=utf-8",
        [Links] = "application/link-format",
        [41] = "application/xml",
        [OctetStream] = "application/octet-stream",
        [47] = "application/exi",
        [50] = "application/json",
        [51] = "application/json-patch+json",
        [52] = "application/merge-patch+json",
        [Cbor] = "application/cbor",
        [61] = "application/cwt",
        [63] = "application/cbor-seq",
        [110] = "application/senml+json",
        [111] = "application/sensml+json",
        [112] = "application/senml+cbor",
        [113] = "application/sensml+cbor",
        [310] = "application/senml+xml",
    };

    private static readonly Dictionary<string, ushort> Numbers =
        MediaTypes.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.OrdinalIgnoreCase);

    /// <summary>The media type of a number; null when we do not know it.</summary>
    public static string? ToMediaType(ushort format) => MediaTypes.GetValueOrDefault(format);

    /// <summary>The payload of such a format is UTF-8 text when it is valid at all.</summary>
    public static bool IsText(ushort format) => format is Text or Links or 50 or 51 or 52 or 110 or 111;

    /// <summary>The format of a message: by its Content Type, its property, or because it says that it is text; null when nothing says so.</summary>
    public static ushort? Of(ApplicationMessage message)
    {
        if (message.ContentType is { } type)
        {
            var bare = type.Replace(" ", "", StringComparison.Ordinal);
            return Numbers.TryGetValue(bare, out var number) ? number
                : Numbers.TryGetValue(bare.Split(';')[0], out number) ? number
                : bare.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase) ? Text
                : null;
        }

        foreach (var property in message.UserProperties)
        {
            if (property.Name == Property && ushort.TryParse(property.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }
        }

        return message.PayloadIsUtf8 ? Text : null;
    }
}
