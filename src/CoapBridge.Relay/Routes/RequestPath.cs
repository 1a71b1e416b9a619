using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>
/// The Uri-Path of a request as text. A segment that could say anything else in MQTT than it did in CoAP makes it none
/// (REQUIREMENTS 8.63, 8.64, 9.33, 9.34). A view over the caller's buffers.
/// </summary>
internal readonly ref struct RequestPath
{
    /// <summary>More options than this no request has (<see cref="CoapEndpoint.MaxOptions"/>).</summary>
    public const int MaximumSegments = CoapEndpoint.MaxOptions;

    private readonly ReadOnlySpan<char> _text; // the segments, joined with slashes
    private readonly ReadOnlySpan<int> _starts; // where each begins, and one past the end

    private RequestPath(ReadOnlySpan<char> text, ReadOnlySpan<int> starts)
    {
        _text = text;
        _starts = starts;
    }

    /// <summary>How many segments.</summary>
    public int Count => _starts.Length - 1;

    public ReadOnlySpan<char> this[int segment] => _text[_starts[segment]..(_starts[segment + 1] - 1)];

    /// <summary>All segments from this one on, joined; empty when there are none.</summary>
    public ReadOnlySpan<char> From(int segment) => segment < Count ? _text[_starts[segment]..] : default;

    /// <summary>A buffer for <see cref="TryRead"/>: no segment has more characters than bytes.</summary>
    public static int LengthFor(in CoapMessage request)
    {
        var length = 0;
        foreach (var option in request.Options)
        {
            length += option.Number == OptionNumber.UriPath ? option.Value.Length + 1 : 0;
        }

        return length;
    }

    /// <summary>False when a segment cannot be a topic level.</summary>
    /// <param name="request">At most <see cref="MaximumSegments"/> segments.</param>
    /// <param name="text">At least <see cref="LengthFor"/> characters.</param>
    /// <param name="starts">At least <see cref="MaximumSegments"/> and one more.</param>
    /// <param name="path">Lives as long as the buffers.</param>
    public static bool TryRead(in CoapMessage request, Span<char> text, Span<int> starts, out RequestPath path)
    {
        path = default;
        var (count, length) = (0, 0);
        foreach (var option in request.Options)
        {
            if (option.Number != OptionNumber.UriPath)
            {
                continue;
            }

            if (count >= MaximumSegments || !TryDecode(option.Value, text[length..], out var written))
            {
                return false;
            }

            starts[count++] = length;
            length += written;
            text[length++] = '/';
        }

        starts[count] = length;
        path = new RequestPath(text[..Math.Max(0, length - 1)], starts[..(count + 1)]);
        return true;
    }

    /// <summary>For logs and the <c>path</c> property: percent-encoded (RFC 3986 §2.1), with its leading slash.</summary>
    public string PercentEncode()
    {
        if (!_text.ContainsAnyExcept(Unreserved))
        {
            return $"/{_text}";
        }

        var encoded = new StringBuilder();
        for (var segment = 0; segment < Count; segment++)
        {
            encoded.Append('/').Append(Uri.EscapeDataString(this[segment]));
        }

        return encoded.ToString();
    }

    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    private static bool TryDecode(ReadOnlySpan<byte> segment, Span<char> text, out int written)
    {
        written = 0;
        if (segment.IsEmpty || segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8)
            || Utf8.ToUtf16(segment, text, out _, out written, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            return false;
        }

        return !text[..written].ContainsAnyExcept(Unreserved) && !text[..written].Contains('/') || AreAllowed(text[..written]);
    }

    private static bool AreAllowed(ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '/' or '+' or '#' || Rune.IsControl(rune) || IsNoncharacter(rune))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Code points that Unicode reserves for inside a program; MQTT brokers may close over them [MQTT-1.5.4].</summary>
    private static bool IsNoncharacter(Rune rune) =>
        (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF
        || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Surrogate;
}
