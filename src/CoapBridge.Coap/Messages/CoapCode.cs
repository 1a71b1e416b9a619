namespace CoapBridge.Coap;

/// <summary>
/// The code of a message, class (3 bits) and detail (5 bits), written "c.dd": 0.00 empty, 0.01–0.31 request methods,
/// 2.00–5.31 responses, everything else reserved (RFC 7252 §3, §12.1).
/// </summary>
public readonly record struct CoapCode(byte Value)
{
    public static CoapCode Empty => new(0);

    public static CoapCode Get => new(0x01);

    public static CoapCode Post => new(0x02);

    public static CoapCode Put => new(0x03);

    public static CoapCode Delete => new(0x04);

    /// <summary>0.05, RFC 8132 §2.</summary>
    public static CoapCode Fetch => new(0x05);

    /// <summary>0.06, RFC 8132 §3.</summary>
    public static CoapCode Patch => new(0x06);

    /// <summary>0.07, RFC 8132 §3.</summary>
    public static CoapCode IPatch => new(0x07);

    public static CoapCode Created => Of(2, 1);

    public static CoapCode Deleted => Of(2, 2);

    public static CoapCode Valid => Of(2, 3);

    public static CoapCode Changed => Of(2, 4);

    public static CoapCode Content => Of(2, 5);

    /// <summary>2.31, RFC 7959 §2.9.1.</summary>
    public static CoapCode Continue => Of(2, 31);

    public static CoapCode BadRequest => Of(4, 0);

    public static CoapCode Unauthorized => Of(4, 1);

    public static CoapCode BadOption => Of(4, 2);

    public static CoapCode Forbidden => Of(4, 3);

    public static CoapCode NotFound => Of(4, 4);

    public static CoapCode MethodNotAllowed => Of(4, 5);

    public static CoapCode NotAcceptable => Of(4, 6);

    /// <summary>4.08, RFC 7959 §2.9.2.</summary>
    public static CoapCode RequestEntityIncomplete => Of(4, 8);

    public static CoapCode PreconditionFailed => Of(4, 12);

    public static CoapCode RequestEntityTooLarge => Of(4, 13);

    public static CoapCode UnsupportedContentFormat => Of(4, 15);

    /// <summary>4.29, RFC 8516 §3.</summary>
    public static CoapCode TooManyRequests => Of(4, 29);

    public static CoapCode InternalServerError => Of(5, 0);

    public static CoapCode NotImplemented => Of(5, 1);

    public static CoapCode BadGateway => Of(5, 2);

    public static CoapCode ServiceUnavailable => Of(5, 3);

    public static CoapCode GatewayTimeout => Of(5, 4);

    public static CoapCode ProxyingNotSupported => Of(5, 5);

    /// <summary>0 to 7.</summary>
    public int Class => Value >> 5;

    /// <summary>0 to 31.</summary>
    public int Detail => Value & 0x1F;

    public bool IsEmpty => Value == 0;

    public bool IsRequest => Class == 0 && Value != 0;

    public bool IsResponse => Class is >= 2 and <= 5;

    /// <summary>Classes 1, 6 and 7: a message with such a code has a format error (RFC 7252 §4.2).</summary>
    public bool IsReserved => Class is 1 or 6 or 7;

    /// <param name="codeClass">0 to 7.</param>
    /// <param name="detail">0 to 31.</param>
    public static CoapCode Of(int codeClass, int detail)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)codeClass, 7u);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)detail, 31u);
        return new((byte)((codeClass << 5) | detail));
    }

    public override string ToString() => $"{Class}.{Detail:00}";
}
