namespace CoapBridge.Identity;

/// <summary>
/// What to do with a certificate whose issuer's revocation list is missing, expired or from the future, once any list is
/// configured (key <c>Devices:StaleRevocationList</c>).
/// </summary>
public enum StaleListUse
{
    /// <summary>Nobody is let in whose status is not known.</summary>
    Refuse,

    /// <summary>An expired list is still obeyed, a missing one does not matter; the verdict carries a warning.</summary>
    Warn,
}
