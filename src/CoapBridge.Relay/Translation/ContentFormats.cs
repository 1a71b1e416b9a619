namespace CoapBridge.Relay;

/// <summary>Content-Format numbers (RFC 7252 §12.3, RFC 8428 §12.3 and their registry) and the media types they stand for.</summary>
internal static class ContentFormats
{
    /// <summary>The media type of a number; null when we do not know it.</summary>
    public static string? ToMediaType(uint format) => format switch
    {
        0 => "text/plain;charset=utf-8",
        40 => "application/link-format",
        41 => "application/xml",
        42 => "application/octet-stream",
        47 => "application/exi",
        50 => "application/json",
        51 => "application/json-patch+json",
        52 => "application/merge-patch+json",
        60 => "application/cbor",
        61 => "application/cwt",
        63 => "application/cbor-seq",
        110 => "application/senml+json",
        111 => "application/sensml+json",
        112 => "application/senml+cbor",
        113 => "application/sensml+cbor",
        310 => "application/senml+xml",
        _ => null,
    };

    /// <summary>The payload of such a format is UTF-8 text when it is valid at all.</summary>
    public static bool IsText(uint format) => format is 0 or 40 or 50 or 51 or 52 or 110 or 111;
}
