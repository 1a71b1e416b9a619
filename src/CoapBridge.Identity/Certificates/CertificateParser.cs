namespace CoapBridge.Identity;

/// <summary>
/// TBSCertificate ::= SEQUENCE { version [0] INTEGER, serialNumber INTEGER, signature AlgorithmIdentifier, issuer Name,
///   validity SEQUENCE { notBefore Time, notAfter Time }, subject Name, subjectPublicKeyInfo, extensions [3] OPTIONAL }   RFC 5280 §4.1
/// DER only, v3 only, no unique identifiers, nothing before or after.
/// </summary>
internal static class CertificateParser
{
    public static Certificate? TryParse(ReadOnlyMemory<byte> der, out string fault)
    {
        if (der.Length > CertificateLimits.MaxListOctets)
        {
            fault = $"certificate of {der.Length} octets, at most {CertificateLimits.MaxListOctets}";
            return null;
        }

        if (!SignedSequence.TryParse(der.Span, out var parts))
        {
            fault = "not exactly one DER certificate";
            return null;
        }

        return TryParseFields(der, parts, out fault);
    }

    private static Certificate? TryParseFields(ReadOnlyMemory<byte> der, in SignedSequence parts, out string fault)
    {
        var fields = new DerReader(parts.Fields);
        var isV3 = IsVersion3(ref fields);
        var serial = fields.ReadUnsigned();
        var inner = fields.ReadEncoded(DerReader.Sequence, out _);
        var issuer = DistinguishedName.TryParse(Part(der, fields.ReadEncoded(DerReader.Sequence, out _)));
        var validity = new DerReader(fields.Read(DerReader.Sequence));
        var notBefore = ValidityTime.Read(ref validity);
        var notAfter = ValidityTime.Read(ref validity);
        var subject = DistinguishedName.TryParse(Part(der, fields.ReadEncoded(DerReader.Sequence, out _)));
        var key = SubjectPublicKey.TryParse(Part(der, fields.ReadEncoded(DerReader.Sequence, out _)));
        var extensions = CertificateExtensions.None;
        fault = "";
        if (fields.NextTag == 0xA3)
        {
            extensions = ExtensionParser.TryParse(fields.Read(0xA3), out fault);
        }

        fault = !isV3 ? "not a version 3 certificate"
            : serial is [] or [0] || serial.Length > 20 ? "serial number is not positive with 1 to 20 octets"
            : !inner.SequenceEqual(parts.Algorithm) ? "signature algorithm inside and outside differ"
            : issuer is not { IsEmpty: false } ? "issuer is not a name"
            : !validity.AtEnd ? "validity is malformed"
            : subject is null ? "subject is not a name"
            : key is null ? "public key is malformed"
            : extensions is null ? fault
            : !fields.AtEnd ? "certificate fields are malformed"
            : "";
        if (fault.Length > 0)
        {
            return null;
        }

        return new()
        {
            Encoded = der,
            TbsCertificate = Part(der, parts.Signed),
            SerialNumber = Part(der, serial),
            Issuer = issuer!,
            Subject = subject!,
            NotBefore = notBefore,
            NotAfter = notAfter,
            PublicKey = key!,
            SignatureAlgorithm = SignatureAlgorithms.Recognise(parts.Algorithm),
            Signature = Part(der, parts.Signature),
            Extensions = extensions!,
        };
    }

    // version [0] EXPLICIT INTEGER { v3(2) }; absent means v1, which has no extensions and so no place here.
    private static bool IsVersion3(ref DerReader fields)
    {
        if (fields.NextTag != 0xA0)
        {
            return false;
        }

        var version = new DerReader(fields.Read(0xA0));
        return version.ReadUnsigned() is [2] && version.AtEnd;
    }

    private static ReadOnlyMemory<byte> Part(ReadOnlyMemory<byte> whole, ReadOnlySpan<byte> part) =>
        whole.Span.Overlaps(part, out var offset) ? whole.Slice(offset, part.Length) : default;
}
