namespace CoapBridge.Coap;

/// <summary>Why a datagram is not a well-formed message (RFC 7252 §3).</summary>
public enum CoapFault : byte
{
    None,

    /// <summary>Fewer than 4 bytes: silently ignored.</summary>
    TooShort,

    /// <summary>Ver is not 1: silently ignored.</summary>
    Version,

    /// <summary>TKL 9 to 15, or a token past the end.</summary>
    TokenLength,

    /// <summary>Code 0.00 with a token or with bytes after the Message ID (§4.1).</summary>
    EmptyWithContent,

    /// <summary>Code class 1, 6 or 7.</summary>
    ReservedClass,

    /// <summary>Option delta or length nibble 15 that is not the payload marker.</summary>
    OptionNibble,

    /// <summary>The sum of the deltas passes 65,535.</summary>
    OptionNumberOverflow,

    /// <summary>An option ends past the datagram.</summary>
    OptionOverflow,

    /// <summary>0xFF with nothing behind it.</summary>
    PayloadMarkerWithoutPayload,
}
