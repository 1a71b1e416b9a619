namespace CoapBridge.Identity;

/// <summary>What a peer's certificates may cost at most (REQUIREMENTS 7.16, 10.15). Checked before any signature.</summary>
public static class CertificateLimits
{
    /// <summary>Octets of one certificate, and of all certificates of a list together. Checked before parsing.</summary>
    public const int MaxListOctets = 8 * 1024;

    /// <summary>Certificates below the anchor, and so signature verifications, per path.</summary>
    public const int MaxDepth = 3;

    /// <summary>Certificates in a list: the path, and the anchor when the peer sends it too.</summary>
    public const int MaxListCount = MaxDepth + 1;

    /// <summary>Extensions in one certificate.</summary>
    public const int MaxExtensions = 32;

    /// <summary>Entries in one subjectAltName, purposes in one extKeyUsage.</summary>
    public const int MaxEntries = 32;

    /// <summary>Attributes in one distinguished name.</summary>
    public const int MaxNameAttributes = 32;

    /// <summary>Bits of an issuer's RSA modulus: fewer are weak, more cost too much.</summary>
    public const int MinRsaBits = 2048, MaxRsaBits = 4096;
}
