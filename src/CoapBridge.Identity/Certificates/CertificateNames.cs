namespace CoapBridge.Identity;

/// <summary>Reads the names of a certificate that was parsed before, without parsing the rest again.</summary>
internal static class CertificateNames
{
    /// <summary>Null when these octets are no certificate.</summary>
    public static DistinguishedName? Subject(ReadOnlyMemory<byte> der) => Read(der, isSubject: true);

    /// <summary>Null when these octets are no certificate.</summary>
    public static DistinguishedName? Issuer(ReadOnlyMemory<byte> der) => Read(der, isSubject: false);

    private static DistinguishedName? Read(ReadOnlyMemory<byte> der, bool isSubject)
    {
        var outer = new DerReader(der.Span);
        var body = new DerReader(outer.Read(DerReader.Sequence));
        var fields = new DerReader(body.Read(DerReader.Sequence));
        fields.Read(0xA0); // version
        fields.Read(DerReader.Integer);
        fields.Read(DerReader.Sequence); // signature
        var name = fields.ReadEncoded(DerReader.Sequence, out _);
        if (isSubject)
        {
            fields.Read(DerReader.Sequence); // validity
            name = fields.ReadEncoded(DerReader.Sequence, out _);
        }

        return der.Span.Overlaps(name, out var offset) ? DistinguishedName.TryParse(der.Slice(offset, name.Length)) : null;
    }
}
