namespace CoapBridge.Dtls.Records;

/// <summary>What a record carries (RFC 5246 §6.2.1).</summary>
internal enum ContentType : byte
{
    ChangeCipherSpec = 20,
    Alert = 21,
    Handshake = 22,
    ApplicationData = 23,

    /// <summary>A protected record with a Connection ID; the real type is within (RFC 9146 §4).</summary>
    Tls12Cid = 25,

    /// <summary>RFC 9853 §4.</summary>
    ReturnRoutabilityCheck = 27,
}
