namespace CoapBridge.Tests.Identity.Table;

/// <summary>How the gateway of a row is set.</summary>
internal enum Setting
{
    /// <summary>As shipped, with a deny list, and with revocation lists of which a missing one only warns.</summary>
    Shipped,
    KeyUsageIfPresent,
    ExtendedKeyUsageRequired,
    SanDns,
    SanUri,

    /// <summary>With a list of allowed devices.</summary>
    Allowed,

    /// <summary>A missing or expired revocation list refuses.</summary>
    StaleRefuses,
}
