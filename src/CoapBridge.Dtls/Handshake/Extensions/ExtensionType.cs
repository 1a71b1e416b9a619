namespace CoapBridge.Dtls.Handshake.Extensions;

/// <summary>The extensions we read or send.</summary>
internal enum ExtensionType : ushort
{
    /// <summary>RFC 6066 §3.</summary>
    ServerName = 0,

    /// <summary>RFC 6066 §4.</summary>
    MaxFragmentLength = 1,

    /// <summary>RFC 8422 §5.1.1.</summary>
    SupportedGroups = 10,

    /// <summary>RFC 8422 §5.1.2.</summary>
    EcPointFormats = 11,

    /// <summary>RFC 5246 §7.4.1.4.1.</summary>
    SignatureAlgorithms = 13,

    /// <summary>RFC 7627 §5.1.</summary>
    ExtendedMasterSecret = 23,

    /// <summary>RFC 8449 §4.</summary>
    RecordSizeLimit = 28,

    /// <summary>RFC 9146 §3.</summary>
    ConnectionId = 54,

    /// <summary>RFC 9853 §3.</summary>
    ReturnRoutabilityCheck = 61,

    /// <summary>RFC 5746 §3.2.</summary>
    RenegotiationInfo = 0xFF01,
}
