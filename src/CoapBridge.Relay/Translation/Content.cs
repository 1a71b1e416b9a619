namespace CoapBridge.Relay;

/// <summary>
/// What a response carries besides its code: a representation and what names it. One is shared by all who get the same,
/// so it is never changed. More payload than one message takes goes by blocks (RFC 7959).
/// </summary>
/// <param name="Payload">Kept by reference while its blocks are fetched.</param>
public sealed record Content(ReadOnlyMemory<byte> Payload)
{
    /// <summary>Content-Format (RFC 7252 §5.10.3); null when nothing is known of it.</summary>
    public uint? Format { get; init; }

    /// <summary>ETag of 1 to 8 bytes (RFC 7252 §5.10.6); empty for none. A payload that goes by blocks gets one anyway.</summary>
    public ReadOnlyMemory<byte> EntityTag { get; init; }

    /// <summary>Location-Path, each at most 255 bytes (RFC 7252 §5.10.7).</summary>
    public IReadOnlyList<string> LocationPath { get; init; } = [];

    /// <summary>Location-Query, each at most 255 bytes (RFC 7252 §5.10.7).</summary>
    public IReadOnlyList<string> LocationQuery { get; init; } = [];
}
