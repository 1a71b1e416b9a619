namespace CoapBridge.Identity;

/// <summary>
/// Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension
/// Extension  ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }   RFC 5280 §4.1
/// </summary>
internal static class ExtensionParser
{
    /// <summary>Null when something is malformed, twice there or too much; <paramref name="fault"/> says what.</summary>
    public static CertificateExtensions? TryParse(ReadOnlySpan<byte> encoded, out string fault)
    {
        var outer = new DerReader(encoded);
        var list = new DerReader(outer.Read(DerReader.Sequence));
        var extensions = new CertificateExtensions();
        var seen = new List<byte[]>();
        fault = "extensions are not DER";
        do
        {
            var fields = new DerReader(list.Read(DerReader.Sequence));
            var oid = fields.ReadOid();
            var critical = fields.ReadDefaultFalse();
            var value = fields.Read(DerReader.OctetString);
            if (!fields.AtEnd || !outer.AtEnd)
            {
                return null;
            }

            if (seen.Count == CertificateLimits.MaxExtensions)
            {
                fault = $"more than {CertificateLimits.MaxExtensions} extensions";
                return null;
            }

            // RFC 5280 §4.2: a certificate MUST NOT include more than one instance of an extension.
            foreach (var known in seen)
            {
                if (oid.SequenceEqual(known))
                {
                    fault = $"extension {Oids.Dotted(oid)} is there twice";
                    return null;
                }
            }

            seen.Add(oid.ToArray());
            if (!TryParseValue(extensions, oid, critical, value))
            {
                fault = $"extension {Oids.Dotted(oid)} is malformed";
                return null;
            }
        }
        while (list.HasMore);
        return list.AtEnd ? extensions : null;
    }

    private static bool TryParseValue(CertificateExtensions extensions, ReadOnlySpan<byte> oid, bool critical, ReadOnlySpan<byte> value)
    {
        if (oid.SequenceEqual(Oids.BasicConstraints))
        {
            return (extensions.BasicConstraints = ParseBasicConstraints(value, critical)) is not null;
        }

        if (oid.SequenceEqual(Oids.KeyUsage))
        {
            return (extensions.KeyUsage = ParseKeyUsage(value)) is not null;
        }

        if (oid.SequenceEqual(Oids.ExtendedKeyUsage))
        {
            return (extensions.ExtendedKeyUsage = ParseExtendedKeyUsage(value)) is not null;
        }

        if (oid.SequenceEqual(Oids.SubjectAltName))
        {
            return (extensions.SubjectAltName = ParseSubjectAltName(value)) is not null;
        }

        if (oid.SequenceEqual(Oids.SubjectKeyIdentifier))
        {
            var reader = new DerReader(value);
            extensions.SubjectKeyIdentifier = reader.Read(DerReader.OctetString).ToArray();
            return reader.AtEnd;
        }

        if (oid.SequenceEqual(Oids.AuthorityKeyIdentifier))
        {
            return TryParseAuthorityKeyIdentifier(extensions, value);
        }

        // RFC 5280 §4.2.1.10: not implemented yet, so a certificate that holds them is refused wherever it is used.
        extensions.HasNameConstraints |= oid.SequenceEqual(Oids.NameConstraints);
        if (critical && !oid.SequenceEqual(Oids.NameConstraints))
        {
            extensions.UnprocessedCritical ??= Oids.Dotted(oid);
        }

        return true;
    }

    // BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }
    private static BasicConstraints? ParseBasicConstraints(ReadOnlySpan<byte> value, bool isCritical)
    {
        var outer = new DerReader(value);
        var body = new DerReader(outer.Read(DerReader.Sequence));
        var isCa = body.ReadDefaultFalse();
        int? pathLength = null;
        if (body.HasMore)
        {
            var digits = body.ReadUnsigned();
            // RFC 5280 §4.2.1.9: MUST NOT be there unless cA is asserted. Above 127 the exact number says nothing.
            pathLength = digits.Length == 1 ? digits[0] : 127;
            if (!isCa)
            {
                body.Fail();
            }
        }

        return outer.AtEnd && body.AtEnd ? new(isCa, pathLength, isCritical) : null;
    }

    // KeyUsage ::= BIT STRING, a named bit list: no trailing zero bits (X.690 §11.2.2).
    private static KeyUsages? ParseKeyUsage(ReadOnlySpan<byte> value)
    {
        var reader = new DerReader(value);
        var octets = reader.ReadBits(out var unused);
        if (!reader.AtEnd || octets.Length > 2 || (!octets.IsEmpty && (octets[^1] & (1 << unused)) == 0))
        {
            return null;
        }

        var usages = KeyUsages.None;
        for (var bit = 0; bit < octets.Length * 8; bit++)
        {
            if ((octets[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                usages |= (KeyUsages)(1 << bit);
            }
        }

        return usages;
    }

    // ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId
    private static KeyPurposes? ParseExtendedKeyUsage(ReadOnlySpan<byte> value)
    {
        var outer = new DerReader(value);
        var list = new DerReader(outer.Read(DerReader.Sequence));
        var purposes = KeyPurposes.None;
        var count = 0;
        do
        {
            var oid = list.ReadOid();
            purposes |= oid.SequenceEqual(Oids.ClientAuth) ? KeyPurposes.ClientAuth
                : oid.SequenceEqual(Oids.ServerAuth) ? KeyPurposes.ServerAuth
                : oid.SequenceEqual(Oids.AnyExtendedKeyUsage) ? KeyPurposes.Any : KeyPurposes.None;
            count++;
        }
        while (list.HasMore);
        return outer.AtEnd && list.AtEnd && count <= CertificateLimits.MaxEntries ? purposes : null;
    }

    // GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName: dNSName [2], uniformResourceIdentifier [6], iPAddress [7], RFC 5280 §4.2.1.6
    private static SubjectAltName? ParseSubjectAltName(ReadOnlySpan<byte> value)
    {
        var outer = new DerReader(value);
        var list = new DerReader(outer.Read(DerReader.Sequence));
        List<ReadOnlyMemory<byte>> dns = [], ip = [], uris = [];
        var count = 0;
        do
        {
            var tag = list.NextTag;
            var content = list.Read(tag);
            switch (tag)
            {
                case 0x82 when content.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E) || content.IsEmpty:
                case 0x87 when content.Length is not (4 or 16):
                    list.Fail();
                    break;
                case 0x82:
                    dns.Add(content.ToArray());
                    break;
                case 0x87:
                    ip.Add(content.ToArray());
                    break;
                case 0x86:
                    uris.Add(content.ToArray());
                    break;
                case 0x81 or 0x88 or 0xA0 or 0xA3 or 0xA4 or 0xA5:
                    break;
                default:
                    list.Fail();
                    break;
            }
        }
        while (list.HasMore && ++count < CertificateLimits.MaxEntries);
        return outer.AtEnd && list.AtEnd ? new(dns, ip, uris) : null;
    }

    // AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OCTET STRING OPTIONAL, … }   RFC 5280 §4.2.1.1
    private static bool TryParseAuthorityKeyIdentifier(CertificateExtensions extensions, ReadOnlySpan<byte> value)
    {
        var outer = new DerReader(value);
        var body = new DerReader(outer.Read(DerReader.Sequence));
        if (body.NextTag == 0x80)
        {
            extensions.AuthorityKeyIdentifier = body.Read(0x80).ToArray();
        }

        // authorityCertIssuer [1] and authorityCertSerialNumber [2] are only hints; read over.
        if (body.NextTag == 0xA1)
        {
            body.Read(0xA1);
        }

        if (body.NextTag == 0x82)
        {
            body.Read(0x82);
        }

        return outer.AtEnd && body.AtEnd;
    }
}
