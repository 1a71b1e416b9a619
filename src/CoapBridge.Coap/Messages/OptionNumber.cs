namespace CoapBridge.Coap;

/// <summary>Option numbers that this room knows (RFC 7252 §5.10 where nothing else is said). Odd numbers are critical.</summary>
public enum OptionNumber : ushort
{
    IfMatch = 1,
    UriHost = 3,
    ETag = 4,
    IfNoneMatch = 5,

    /// <summary>RFC 7641 §2.</summary>
    Observe = 6,
    UriPort = 7,
    LocationPath = 8,
    UriPath = 11,
    ContentFormat = 12,
    MaxAge = 14,
    UriQuery = 15,

    /// <summary>RFC 8768 §3.</summary>
    HopLimit = 16,
    Accept = 17,
    LocationQuery = 20,

    /// <summary>RFC 7959 §2.1.</summary>
    Block2 = 23,

    /// <summary>RFC 7959 §2.1.</summary>
    Block1 = 27,

    /// <summary>RFC 7959 §4.</summary>
    Size2 = 28,
    ProxyUri = 35,
    ProxyScheme = 39,
    Size1 = 60,

    /// <summary>RFC 9175 §2.2.1.</summary>
    Echo = 252,

    /// <summary>RFC 7967 §2.</summary>
    NoResponse = 258,

    /// <summary>RFC 9175 §3.2.1.</summary>
    RequestTag = 292,
}
