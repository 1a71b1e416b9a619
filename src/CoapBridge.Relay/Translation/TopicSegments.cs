using System.Globalization;
using System.Text;
using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>
/// Path segments become topic levels, or are refused: no segment may say anything else in MQTT than it did in CoAP
/// (REQUIREMENTS 8.63, 8.64, 9.33, 9.34).
/// </summary>
internal static class TopicSegments
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The path as <c>a/b/c</c>; null when a segment cannot be a topic level.</summary>
    public static string? Join(in CoapMessage request)
    {
        var path = new StringBuilder();
        foreach (var option in request.Options)
        {
            if (option.Number != OptionNumber.UriPath)
            {
                continue;
            }

            if (Decode(option.Value) is not { } segment)
            {
                return null;
            }

            path.Append(path.Length == 0 ? "" : "/").Append(segment);
        }

        return path.ToString();
    }

    /// <summary>The path for logs and the <c>path</c> property: percent-encoded (RFC 3986 §2.1), with its leading slash.</summary>
    public static string PercentEncode(string path) => "/" + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static string? Decode(ReadOnlySpan<byte> segment)
    {
        if (segment.IsEmpty || segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8))
        {
            return null;
        }

        string text;
        try
        {
            text = StrictUtf8.GetString(segment);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }

        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '/' or '+' or '#' || Rune.IsControl(rune) || IsNoncharacter(rune))
            {
                return null;
            }
        }

        return text;
    }

    /// <summary>Code points that Unicode reserves for inside a program; MQTT brokers may close over them [MQTT-1.5.4].</summary>
    private static bool IsNoncharacter(Rune rune) =>
        (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF
        || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Surrogate;
}
