namespace CoapBridge.Identity;

/// <summary>
/// CertificateList ::= SEQUENCE { tbsCertList TBSCertList, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
/// TBSCertList ::= SEQUENCE { version INTEGER { v2(1) } OPTIONAL, signature AlgorithmIdentifier, issuer Name, thisUpdate Time,
///   nextUpdate Time OPTIONAL, revokedCertificates SEQUENCE OF SEQUENCE { userCertificate INTEGER, revocationDate Time,
///   crlEntryExtensions Extensions OPTIONAL } OPTIONAL, crlExtensions [0] Extensions OPTIONAL }   RFC 5280 §5.1
/// </summary>
internal static class RevocationListParser
{
    private const byte Enumerated = 0x0A;

    public static RevocationList? TryParse(ReadOnlyMemory<byte> der, out string fault)
    {
        fault = "";
        if (der.Length > RevocationList.MaxOctets)
        {
            fault = $"a revocation list of {der.Length} octets, at most {RevocationList.MaxOctets}";
            return null;
        }

        if (!SignedSequence.TryParse(der.Span, out var parts))
        {
            fault = "not exactly one DER revocation list";
            return null;
        }

        var recognised = SignatureAlgorithms.Recognise(parts.Algorithm);
        if (recognised == SignatureAlgorithm.Unsupported)
        {
            fault = "it must be signed with ECDSA or RSA and SHA-256 or SHA-384";
            return null;
        }

        return TryParseFields(der, parts, ref fault) is not { } said ? null
            : new(said, recognised, IssuerKey.HashFor(recognised, parts.Signed), parts.Signature.ToArray());
    }

    private static RevocationFields? TryParseFields(ReadOnlyMemory<byte> der, in SignedSequence parts, ref string fault)
    {
        var fields = new DerReader(parts.Fields);
        var isV2 = fields.NextTag == DerReader.Integer;
        var isKnownVersion = !isV2 || fields.ReadUnsigned() is [1];
        var inner = fields.ReadEncoded(DerReader.Sequence, out _);
        var issuer = DistinguishedName.TryParse(fields.ReadEncoded(DerReader.Sequence, out _).ToArray());
        var thisUpdate = ValidityTime.Read(ref fields);
        var hasNext = fields.NextTag is DerReader.UtcTime or DerReader.GeneralizedTime;
        var nextUpdate = hasNext ? ValidityTime.Read(ref fields) : default;
        fault = fields.Failed || issuer is null ? "its fields are malformed"
            : !isKnownVersion ? "not a version 1 or 2 list"
            : !inner.SequenceEqual(parts.Algorithm) ? "signature algorithm inside and outside differ"
            : issuer.IsEmpty ? "issuer is not a name"
            : !hasNext ? "it has no nextUpdate, so nobody can tell when it is out of date (RFC 5280 §5.1.2.5)"
            : nextUpdate < thisUpdate ? "its nextUpdate is before its thisUpdate"
            : "";
        if (fault.Length > 0)
        {
            return null;
        }

        var serials = new List<(int, int)>();
        if (fields.NextTag == DerReader.Sequence)
        {
            fault = ReadEntries(new DerReader(fields.Read(DerReader.Sequence)), der.Span, isV2, serials);
        }

        if (fault.Length == 0 && fields.NextTag == 0xA0 && isV2)
        {
            fault = ReadExtensions(fields.Read(0xA0), isEntry: false);
        }

        fault = fault.Length == 0 && !fields.AtEnd ? "its fields are malformed" : fault;
        return fault.Length > 0 ? null : new(issuer!, thisUpdate, nextUpdate, RevokedSerials.From(serials, der));
    }

    /// <summary>Empty, or what is wrong with an entry.</summary>
    private static string ReadEntries(DerReader entries, ReadOnlySpan<byte> whole, bool isV2, List<(int Offset, int Length)> serials)
    {
        while (entries.HasMore)
        {
            var entry = new DerReader(entries.Read(DerReader.Sequence));
            var serial = entry.Read(DerReader.Integer);
            ValidityTime.Read(ref entry);
            if (entry.Failed || serial.IsEmpty)
            {
                return "an entry is malformed";
            }

            if (entry.HasMore)
            {
                var fault = isV2 ? ReadExtensions(entry.ReadEncoded(DerReader.Sequence, out _), isEntry: true)
                    : "an entry of a version 1 list has extensions";
                if (fault.Length > 0)
                {
                    return fault;
                }
            }

            if (!entry.AtEnd)
            {
                return "an entry is malformed";
            }

            // What is not positive, or is longer than 20 octets, is the serial number of no certificate that we accept.
            var digits = serial[0] >= 0x80 ? default : serial.TrimStart((byte)0);
            if (digits.Length is > 0 and <= 20 && whole.Overlaps(digits, out var offset))
            {
                serials.Add((offset, digits.Length));
            }
        }

        return entries.AtEnd ? "" : "its list of entries is malformed";
    }

    /// <summary>
    /// RFC 5280 §5.2, §5.3: a critical extension that is not understood makes the list useless; so does one that says that the
    /// list is not the whole of one issuer. Empty, or what is wrong.
    /// </summary>
    private static string ReadExtensions(ReadOnlySpan<byte> encoded, bool isEntry)
    {
        const string malformed = "its extensions are malformed";
        var outer = new DerReader(encoded);
        var list = new DerReader(outer.Read(DerReader.Sequence));
        var seen = new HashSet<string>();
        do
        {
            var fields = new DerReader(list.Read(DerReader.Sequence));
            var oid = fields.ReadOid();
            var critical = fields.ReadDefaultFalse();
            var value = fields.Read(DerReader.OctetString);
            if (!fields.AtEnd || !outer.AtEnd || seen.Count == CertificateLimits.MaxExtensions || !seen.Add(Oids.Dotted(oid)))
            {
                return malformed;
            }

            var fault = isEntry ? JudgeOfEntry(oid, value) : JudgeOfList(oid);
            if (fault is null && critical)
            {
                fault = $"its critical extension {Oids.Dotted(oid)} is not known";
            }

            if (fault is { Length: > 0 })
            {
                return fault;
            }
        }
        while (list.HasMore);
        return list.AtEnd ? "" : malformed;
    }

    /// <summary>Null: not known; empty: fine.</summary>
    private static string? JudgeOfList(ReadOnlySpan<byte> oid) => oid switch
    {
        [0x55, 0x1D, 27] => "it is a delta list; the complete one is needed",
        [0x55, 0x1D, 28] => "it is an indirect or partitioned list (issuingDistributionPoint); the complete list of one issuer is needed",
        [0x55, 0x1D, 20] or [0x55, 0x1D, 35] => "", // cRLNumber, authorityKeyIdentifier: the key decides
        _ => null,
    };

    /// <summary>Null: not known; empty: fine.</summary>
    private static string? JudgeOfEntry(ReadOnlySpan<byte> oid, ReadOnlySpan<byte> value)
    {
        if (oid is [0x55, 0x1D, 29])
        {
            return "it is an indirect list: an entry names another issuer";
        }

        if (oid is not [0x55, 0x1D, 21])
        {
            return null;
        }

        // CRLReason ::= ENUMERATED; on hold (6) is revoked, removeFromCRL (8) is for delta lists. RFC 5280 §5.3.1
        var reader = new DerReader(value);
        var reason = reader.Read(Enumerated);
        return !reader.AtEnd || reason is not [<= 10 and not 7] ? "the reason of an entry is malformed"
            : reason is [8] ? "it is a delta list; the complete one is needed"
            : "";
    }
}
