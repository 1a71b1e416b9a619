namespace CoapBridge.Options;

/// <summary>Key <c>Listen:ExtendedMasterSecret</c> (RFC 7627).</summary>
internal enum ExtendedMasterSecretUse
{
    /// <summary>Negotiated whenever the client offers it.</summary>
    Prefer,

    /// <summary>A client that does not offer it is refused.</summary>
    Require,
}
