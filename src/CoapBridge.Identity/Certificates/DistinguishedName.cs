using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace CoapBridge.Identity;

/// <summary>
/// Name ::= SEQUENCE OF SET SIZE (1..MAX) OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }   RFC 5280 §4.1.2.4.
/// Kept as its octets: names are compared as octets (REQUIREMENTS 10.04).
/// </summary>
internal sealed class DistinguishedName
{
    private const int MaxTextLength = 256;
    private readonly ReadOnlyMemory<byte> _encoded;

    private DistinguishedName(ReadOnlyMemory<byte> encoded, int attributeCount)
    {
        _encoded = encoded;
        IsEmpty = attributeCount == 0;
    }

    public bool IsEmpty { get; }

    /// <summary>Null when these octets are no Name, or have too many attributes.</summary>
    public static DistinguishedName? TryParse(ReadOnlyMemory<byte> encoded)
    {
        var outer = new DerReader(encoded.Span);
        var names = new DerReader(outer.Read(DerReader.Sequence));
        var count = 0;
        while (names.HasMore)
        {
            var attributes = new DerReader(names.Read(DerReader.Set));
            ReadOnlySpan<byte> previous = default;
            do
            {
                var attribute = attributes.ReadEncoded(DerReader.Sequence, out var content);
                var fields = new DerReader(content);
                fields.ReadOid();
                fields.ReadEncoded(fields.NextTag, out _);
                // X.690 §11.6: the elements of a SET OF stand in ascending order.
                if (attributes.Failed || !fields.AtEnd || previous.SequenceCompareTo(attribute) > 0
                    || ++count > CertificateLimits.MaxNameAttributes)
                {
                    return null;
                }

                previous = attribute;
            }
            while (attributes.HasMore);
        }

        return outer.AtEnd && names.AtEnd ? new(encoded, count) : null;
    }

    public bool Equals(DistinguishedName other) => _encoded.Span.SequenceEqual(other._encoded.Span);

    /// <summary>
    /// The value of the only attribute of this type, standing alone in its RDN. False when there is none, more than one, or
    /// one beside another attribute (REQUIREMENTS 9.31).
    /// </summary>
    public bool TryGetOnly(ReadOnlySpan<byte> type, out byte tag, out ReadOnlySpan<byte> value)
    {
        tag = 0;
        value = default;
        var found = 0;
        var names = Names();
        while (names.HasMore)
        {
            var attributes = new DerReader(names.Read(DerReader.Set));
            var single = true;
            var here = 0;
            while (attributes.HasMore)
            {
                var fields = new DerReader(attributes.Read(DerReader.Sequence));
                single = single && !attributes.HasMore;
                if (fields.ReadOid().SequenceEqual(type))
                {
                    here++;
                    tag = fields.NextTag;
                    value = fields.Read(tag);
                }
            }

            found += here > 0 && !single ? 2 : here;
        }

        return found == 1;
    }

    /// <summary>
    /// The text of the only attribute of this type: at most 256 octets in UTF-8 or ASCII, and nothing in them that cannot be
    /// seen. Null when there is no such attribute.
    /// </summary>
    public string? TryGetText(ReadOnlySpan<byte> type)
    {
        if (!TryGetOnly(type, out var tag, out var value) || value.Length is 0 or > MaxTextLength
            || tag is not (DerReader.Utf8String or DerReader.PrintableString or DerReader.Ia5String)
            || (tag != DerReader.Utf8String && !Ascii.IsValid(value)) || !Utf8.IsValid(value))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(value);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse)
            {
                return null;
            }
        }

        return text;
    }

    /// <summary>
    /// For logs, in the order and with the escapes of RFC 4514 §2.4; every octet that is not a plain printable one is
    /// written as \hh, so that no name can forge a line. At most 256 characters.
    /// </summary>
    public override string ToString()
    {
        var parts = new List<string>();
        var names = Names();
        while (names.HasMore)
        {
            var attributes = new DerReader(names.Read(DerReader.Set));
            var part = new StringBuilder();
            while (attributes.HasMore && part.Length <= MaxTextLength)
            {
                var fields = new DerReader(attributes.Read(DerReader.Sequence));
                part.Append(part.Length == 0 ? "" : "+").Append(Oids.AttributeName(fields.ReadOid())).Append('=');
                AppendEscaped(part, fields.Read(fields.NextTag));
            }

            parts.Insert(0, part.ToString());
        }

        var text = string.Join(',', parts);
        return text.Length <= MaxTextLength ? text : text[..(MaxTextLength - 3)] + "...";
    }

    private static void AppendEscaped(StringBuilder text, ReadOnlySpan<byte> value)
    {
        foreach (var octet in value[..Math.Min(value.Length, MaxTextLength)])
        {
            if (octet is < 0x20 or > 0x7E || "\"\\,+;<>="u8.Contains(octet))
            {
                text.Append(CultureInfo.InvariantCulture, $"\\{octet:x2}");
            }
            else
            {
                text.Append((char)octet);
            }
        }
    }

    private DerReader Names()
    {
        var outer = new DerReader(_encoded.Span);
        return new DerReader(outer.Read(DerReader.Sequence));
    }
}
