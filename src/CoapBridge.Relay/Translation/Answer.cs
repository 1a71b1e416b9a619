using System.Buffers.Binary;
using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>A response to a device, or a notification (RFC 7641 §4.2).</summary>
/// <param name="Code">Class 2, 4 or 5.</param>
/// <param name="Diagnostic">A stable word first, then a short hint; empty with a success (RFC 7252 §5.5.2).</param>
/// <param name="MaxAge">Seconds: when to try again, or how long the content is fresh (RFC 7252 §5.10.5).</param>
/// <param name="Size1">The most bytes that would be taken (RFC 7959 §4).</param>
public readonly record struct Answer(CoapCode Code, string Diagnostic = "", uint? MaxAge = null, uint? Size1 = null)
{
    /// <summary>More than <see cref="WriteOptions"/> ever writes: what does not fit is our bug.</summary>
    public const int MaximumOptionsLength = 640;

    public static Answer Changed { get; } = new(CoapCode.Changed);

    /// <summary>What it carries instead of a diagnostic; null for none.</summary>
    public Content? Content { get; init; }

    /// <summary>Echo of 1 to 40 bytes, which the device is to send back (RFC 9175 §2.2); empty for none.</summary>
    public ReadOnlyMemory<byte> Echo { get; init; }

    /// <summary>
    /// Makes the device that asked an observer, under the token of its request (RFC 7641 §4.1); without it the device is none
    /// any more. The relay hears when there was no room for it.
    /// </summary>
    public bool Observe { get; init; }

    /// <summary>Milliseconds since 1970, for a device that asked by <see cref="ServerTimeOption"/>.</summary>
    public long? ServerTime { get; init; }

    /// <summary>Elective, in the range for experiments (RFC 7252 §12.2): a device asks by it for the time, with any request.</summary>
    internal const OptionNumber ServerTimeOption = (OptionNumber)65000;

    /// <summary>Writes the options of the response; Observe and those of RFC 7959 §2 are not for it to write.</summary>
    public void WriteOptions(ref OptionWriter options)
    {
        WriteIf(ref options, OptionNumber.ETag, Content is null ? default : Content.EntityTag.Span);
        WriteAll(ref options, OptionNumber.LocationPath, Content?.LocationPath);
        WriteIf(ref options, OptionNumber.ContentFormat, Content?.Format);
        WriteIf(ref options, OptionNumber.MaxAge, MaxAge);
        WriteAll(ref options, OptionNumber.LocationQuery, Content?.LocationQuery);
        WriteIf(ref options, OptionNumber.Size1, Size1);
        WriteIf(ref options, OptionNumber.Echo, Echo.Span);
        if (ServerTime is { } milliseconds)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(bytes, milliseconds);
            options.Write(ServerTimeOption, bytes.TrimStart((byte)0));
        }
    }

    private static void WriteIf(ref OptionWriter options, OptionNumber number, uint? value)
    {
        if (value is { } known)
        {
            options.Write(number, known);
        }
    }

    private static void WriteIf(ref OptionWriter options, OptionNumber number, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            options.Write(number, value);
        }
    }

    private static void WriteAll(ref OptionWriter options, OptionNumber number, IReadOnlyList<string>? values)
    {
        foreach (var value in values ?? [])
        {
            options.Write(number, value);
        }
    }
}
