using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>A response to a device: code, Max-Age when it should try again, Size1 when it sent too much, and a diagnostic.</summary>
/// <param name="Code">Class 2, 4 or 5.</param>
/// <param name="Diagnostic">A stable word first, then a short hint; empty with a success (RFC 7252 §5.5.2).</param>
/// <param name="MaxAge">Seconds (RFC 7252 §5.10.5).</param>
/// <param name="Size1">The most bytes that would be taken (RFC 7959 §4).</param>
public readonly record struct Answer(CoapCode Code, string Diagnostic = "", uint? MaxAge = null, uint? Size1 = null)
{
    public static Answer Changed { get; } = new(CoapCode.Changed);

    /// <summary>Writes the options of the response; 16 bytes suffice.</summary>
    public void WriteOptions(ref OptionWriter options)
    {
        if (MaxAge is { } maxAge)
        {
            options.Write(OptionNumber.MaxAge, maxAge);
        }

        if (Size1 is { } size1)
        {
            options.Write(OptionNumber.Size1, size1);
        }
    }
}
