namespace CoapBridge.Identity;

/// <summary>
/// The certificates that a CA has revoked (a CRL, RFC 5280 §5). Only a complete list of one issuer: delta, indirect and
/// partitioned lists are refused, since what they leave out would look valid. Immutable, for any number of threads; the octets it
/// was read from are not kept. It says nothing until its signature was verified, which a <see cref="DeviceCertificatePolicy"/> does.
/// </summary>
public sealed class RevocationList
{
    /// <summary>Octets of one list: more than 300,000 entries of a usual CA.</summary>
    public const int MaxOctets = 16 * 1024 * 1024;

    private readonly RevocationFields _fields;
    private readonly SignatureAlgorithm _algorithm;
    private readonly byte[] _tbsHash;
    private readonly byte[] _signature;

    /// <param name="fields">What it says.</param>
    /// <param name="algorithm">Never Unsupported.</param>
    /// <param name="tbsHash">The hash of what the signature covers, by the hash of that algorithm.</param>
    /// <param name="signature">The CA's signature.</param>
    internal RevocationList(RevocationFields fields, SignatureAlgorithm algorithm, byte[] tbsHash, byte[] signature)
    {
        _fields = fields;
        _algorithm = algorithm;
        _tbsHash = tbsHash;
        _signature = signature;
    }

    /// <summary>The issuer as a text for people, escaped.</summary>
    public string Issuer => IssuerName.ToString();

    /// <summary>When it was made.</summary>
    public DateTimeOffset ThisUpdate => _fields.ThisUpdate;

    /// <summary>When the next one is due; it holds up to here (inclusive).</summary>
    public DateTimeOffset NextUpdate => _fields.NextUpdate;

    /// <summary>How many serial numbers it has.</summary>
    public int Count => _fields.Serials.Count;

    internal DistinguishedName IssuerName => _fields.Issuer;

    /// <summary>
    /// Null when the octets are not exactly one list that can be obeyed; <paramref name="fault"/> then is a sentence.
    /// Throws for nothing in them.
    /// </summary>
    public static RevocationList? TryParse(ReadOnlyMemory<byte> der, out string fault) => RevocationListParser.TryParse(der, out fault);

    /// <summary>
    /// What is wrong with this list in the eyes of these CAs: one of them has its issuer's name, and yet none has signed it.
    /// Null when one has, or when none has the name, as with a list of an intermediate.
    /// </summary>
    public string? ProblemWith(TrustAnchors anchors)
    {
        ArgumentNullException.ThrowIfNull(anchors);
        var named = anchors.All.Where(anchor => anchor.Certificate.Subject.Equals(IssuerName)).ToList();
        return named.Count == 0 || named.Exists(anchor => IsSignedBy(anchor.Certificate, anchor.Key)) ? null
            : named.TrueForAll(anchor => !MaySign(anchor.Certificate)) ? $"the keyUsage of {Issuer} lacks cRLSign: it may not sign revocation lists"
            : $"its signature is not by the key of {Issuer}";
    }

    /// <summary>RFC 5280 §6.3.3 (f), (g): by a CA whose keyUsage, if there, has cRLSign.</summary>
    internal bool IsSignedBy(Certificate issuer, IssuerKey key) =>
        issuer.Subject.Equals(IssuerName) && MaySign(issuer) && IssuerKey.Fits(issuer.PublicKey, _algorithm)
        && key.HasSigned(_algorithm, _tbsHash, _signature);

    internal bool Contains(Certificate certificate) => _fields.Serials.Contains(certificate.SerialNumber.Span);

    internal bool IsCurrent(DateTimeOffset time) => ThisUpdate <= time && time <= NextUpdate;

    private static bool MaySign(Certificate issuer) => issuer.Extensions.KeyUsage is not { } usage || usage.HasFlag(KeyUsages.CrlSign);
}
