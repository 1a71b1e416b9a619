using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Identity;
using static CoapBridge.Tests.Identity.RawCertificate;

namespace CoapBridge.Tests.Identity.Table;

/// <summary>Rows about the encoding and about names.</summary>
internal sealed partial class CertificateTable
{
    private void AddFormats()
    {
        foreach (var (what, serial, platform) in new (string, byte[], string?)[]
        {
            ("0", [0], Lenient), ("negative", [0x80], Lenient), ("of 21 octets", [1, .. new byte[20]], Lenient),
            ("with a zero too many", [0, 1], null), ("empty", [], null),
        })
        {
            Refuse($"serial number {what}", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Serial = Tlv(0x02, serial)), platform,
                what is "with a zero too many" or "empty" ? Loads : null);
        }

        Accept("serial number of 20 octets", Pki.Raw(raw => raw.Serial = Tlv(0x02, [0x7F, .. new byte[19]])));
        Refuse("version 1", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Version = []), Lenient);
        Refuse("version 2", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Version = [0xA0, 3, 2, 1, 1]), Lenient);
        Refuse("version 4", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Version = [0xA0, 3, 2, 1, 3]), Lenient);
        var usage = Extension("551D0F", true, DigitalSignature);
        Refuse("keyUsage twice", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Extensions.Add(usage)));
        Refuse("two subjectAltNames", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Extensions.AddRange([SanOf("a"), SanOf("b")])));
        Refuse("an unknown extension twice", RefusalReason.Malformed, 42,
            Pki.Raw(raw => raw.Extensions.AddRange([Extension("2A0304", false, [5, 0]), Extension("2A0304", false, [5, 0])])), Lenient);
        IEnumerable<byte[]> Many(int count) => Enumerable.Range(1, count).Select(i => Extension($"2A03{i:X2}", false, [5, 0]));
        Accept("32 extensions", Pki.Raw(raw => raw.Extensions.AddRange(Many(31))));
        Refuse("33 extensions", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Extensions.AddRange(Many(32))), NoLimits);
        Refuse("no extension in the list", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.ExtensionField = Tlv(0xA3, Tlv(0x30))), NoProfile);
        Refuse("critical FALSE written out", RefusalReason.Malformed, 42,
            Pki.Raw(raw => raw.Extensions.Add(Tlv(0x30, Convert.FromHexString("06032A0304"), [1, 1, 0], Tlv(0x04, [5, 0])))), Lenient);
        Refuse("critical TRUE as 1", RefusalReason.Malformed, 42,
            Pki.Raw(raw => raw.Extensions = [Tlv(0x30, Convert.FromHexString("0603551D0F"), [1, 1, 1], Tlv(0x04, DigitalSignature))]), Lenient);
        Refuse("an octet after keyUsage", RefusalReason.Malformed, 42,
            Pki.Raw(raw => raw.Extensions = [Extension("551D0F", true, [.. DigitalSignature, 0])]), Lenient);
        Refuse("unique identifiers", RefusalReason.Malformed, 42,
            Pki.Raw(raw => raw.ExtensionField = [.. Tlv(0x81, [0, 1]), .. Tlv(0xA3, Tlv(0x30, usage))]), Lenient);
        var good = Pki.Device();
        Refuse("an octet after the certificate", RefusalReason.Malformed, 42, [.. good, 0], Lenient, Loads);
        Refuse("an octet too few", RefusalReason.Malformed, 42, good[..^1], null, Loads);
        Refuse("indefinite length", RefusalReason.Malformed, 42, [0x30, 0x80, .. good[4..], 0, 0], Lenient, Loads);
        Refuse("a length of five octets", RefusalReason.Malformed, 42, [0x30, 0x83, 0, .. good[2..]], Lenient, Loads);
        Refuse("no certificate at all", RefusalReason.Malformed, 42, Encoding.ASCII.GetBytes("-----BEGIN CERTIFICATE-----"), null, Loads);
        var large = Pki.Raw(raw => raw.Extensions.Add(Extension("2A0304", false, new byte[8200])));
        Refuse("more than 8 KiB", RefusalReason.Malformed, 42, large, NoLimits);
    }

    private void AddNames()
    {
        foreach (var name in new[] { "A", "00-11-22-33-44-55-66-77", "urn:dev:mac:0024befffe804ff1", "a_b.c", new string('a', 64) })
        {
            Accept($"CN {name}", name, [Pki.Raw(raw => raw.Subject = Name(name))]);
        }

        foreach (var name in new[]
        {
            "+", "#", "a/b", "$SYS", "a/b/../c", ".hidden", "victim\0x", "a\r\nhandshake result=ok", "a\u001b[31m", "a\u007f", "a\u202eb", "\ufeffa",
            "a b", "*", "*.example", "gerät", "", new string('a', 65), new string('b', 5000),
        })
        {
            Refuse($"CN {Shown(name)}", RefusalReason.Name, 49, Pki.Raw(raw => raw.Subject = Name(name)), NoNames);
        }

        Accept("CN as PrintableString", Pki.Raw(raw => raw.Subject = Name("device-1", 0x13)));
        Refuse("CN as PrintableString with an underscore", RefusalReason.Name, 49, Pki.Raw(raw => raw.Subject = Name("a_b", 0x13)), NoNames);
        foreach (var (what, tag) in new (string, byte)[] { ("TeletexString", 0x14), ("IA5String", 0x16), ("VisibleString", 0x1A) })
        {
            Refuse($"CN as {what}", RefusalReason.Name, 49, Pki.Raw(raw => raw.Subject = Name("device-1", tag)),
                what == "VisibleString" ? null : NoNames, what == "VisibleString" ? Loads : null);
        }

        Refuse("CN as BMPString", RefusalReason.Name, 49,
            Pki.Raw(raw => raw.Subject = Name((0x1E, Encoding.BigEndianUnicode.GetBytes("device-1")))), NoNames);
        Refuse("two CNs", RefusalReason.Name, 49, Pki.Raw(raw => raw.Subject = Name((0x0C, "a"u8.ToArray()), (0x0C, "b"u8.ToArray()))), NoNames);
        Refuse("the same CN twice", RefusalReason.Name, 49, Pki.Raw(raw => raw.Subject = Name((0x0C, "a"u8.ToArray()), (0x0C, "a"u8.ToArray()))), NoNames);
        var cn = Attribute("550403", 0x0C, "device-1"u8.ToArray());
        var unit = Attribute("55040B", 0x0C, "u"u8.ToArray());
        Refuse("CN beside another attribute", RefusalReason.Name, 49, Pki.Raw(raw => raw.Subject = Tlv(0x30, Tlv(0x31, unit, cn))), NoNames);
        Accept("CN after other attributes", Pki.Raw(raw => raw.Subject = Tlv(0x30, Tlv(0x31, unit), Tlv(0x31, cn))));
        Refuse("a set out of order", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Subject = Tlv(0x30, Tlv(0x31, cn, unit))), Lenient);
        Refuse("no CN but a serial number", RefusalReason.Name, 49,
            Pki.Raw(raw => raw.Subject = Tlv(0x30, Tlv(0x31, Attribute("550405", 0x13, "device-1"u8.ToArray())))), NoNames);
        Refuse("no subject", RefusalReason.Name, 49, Pki.Raw(raw => raw.Subject = [0x30, 0]), NoNames);
        Refuse("33 attributes", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Subject = Tlv(0x30, [.. Enumerable.Repeat(Tlv(0x31, unit), 32), Tlv(0x31, cn)])), NoLimits);
        Accept("CN and a SAN that disagrees", Pki.Device(good => good with { DnsNames = ["other.example", "*.example"] }));
        Accept("the dNSName where it counts", "other.example", [Pki.Device(good => good with { DnsNames = ["other.example"] })], setting: Setting.SanDns);
        Refuse("two dNSNames where one counts", RefusalReason.Name, 49, Pki.Device(good => good with { DnsNames = ["a", "b"] }), NoNames, setting: Setting.SanDns);
        Refuse("no SAN where dNSName counts", RefusalReason.Name, 49, Pki.Device(), NoNames, setting: Setting.SanDns);
        Refuse("a wildcard where dNSName counts", RefusalReason.Name, 49, Pki.Device(good => good with { DnsNames = ["*.example"] }), NoNames, setting: Setting.SanDns);
        var urn = Tlv(0x86, "urn:dev:mac:0024befffe804ff1"u8);
        Accept("the URI where it counts", "urn:dev:mac:0024befffe804ff1", [Pki.Raw(raw => raw.Extensions.Add(SanOf(urn)))], setting: Setting.SanUri);
        Refuse("two URIs where one counts", RefusalReason.Name, 49, Pki.Raw(raw => raw.Extensions.Add(SanOf(urn, urn))), NoNames, setting: Setting.SanUri);
        Refuse("a URL where a URI counts", RefusalReason.Name, 49, Pki.Raw(raw => raw.Extensions.Add(SanOf(Tlv(0x86, "https://a/b"u8)))), NoNames, setting: Setting.SanUri);
        Refuse("33 names in the SAN", RefusalReason.Malformed, 42, Pki.Device(good => good with { DnsNames = [.. Enumerable.Range(0, 33).Select(i => $"n{i}")] }), NoLimits);
        Refuse("a control character in the SAN", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Extensions.Add(SanOf(Tlv(0x82, "a\r\nb"u8)))), Lenient);
        Refuse("an address of 5 octets in the SAN", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Extensions.Add(SanOf(Tlv(0x87, [1, 2, 3, 4, 5])))), Lenient);
    }

    private void AddLists()
    {
        Refuse("the gateway's name", RefusalReason.ReservedName, 49, Pki.Device(good => good with { CommonName = TablePki.Gateway }), NoNames);
        Refuse("the gateway's name in capitals", RefusalReason.ReservedName, 49, Pki.Device(good => good with { CommonName = "GATEWAY-1" }), NoNames);
        Refuse("the broker's name", RefusalReason.ReservedName, 49, Pki.Device(good => good with { CommonName = TablePki.BrokerHost }), NoNames);
        Refuse("the broker's name with a dot", RefusalReason.ReservedName, 49,
            Pki.Device(good => good with { DnsNames = ["localhost."] }), NoNames, setting: Setting.SanDns);
        using (var key = Pki.Own.OpenEcdsa())
        {
            Refuse("the gateway's own certificate", RefusalReason.ReservedName, 49, [Pki.Own.Der], NoNames, pkcs8: key.ExportPkcs8PrivateKey());
            Refuse("the gateway's key under another name", RefusalReason.ReservedName, 49,
                [Pki.Device(good => good with { PublicKey = new PublicKey(key) })], NoNames, pkcs8: key.ExportPkcs8PrivateKey());
        }

        Refuse("denied by name", RefusalReason.Denied, 49, Pki.Device(good => good with { CommonName = "denied-1" }), NoNames);
        Refuse("denied by serial number", RefusalReason.Denied, 49, Pki.Device(good => good with { SerialNumber = [0x66, 0x02] }), NoNames);
        Refuse("denied by SHA-256", RefusalReason.Denied, 49, Pki.DeniedBySha256, NoNames);
        Accept("on the list of allowed devices", "allowed-1", [Pki.Device(good => good with { CommonName = "allowed-1" })], setting: Setting.Allowed);
        Refuse("not on the list of allowed devices", RefusalReason.NotAllowed, 49, Pki.Device(), NoNames, setting: Setting.Allowed);
        var revoked = Pki.Device(good => good with { SerialNumber = [0x66, 0x01] });
        Refuse("revoked", RefusalReason.Revoked, 44, revoked, NoRevocation);
        Refuse("revoked where a missing list refuses", RefusalReason.Revoked, 44, revoked, NoRevocation, setting: Setting.StaleRefuses);
        Accept("the revoked serial number of another CA", Pki.Device(good => good with { SerialNumber = [0x66, 0x01] }, Pki.P384));
        Refuse("below a revoked CA", RefusalReason.Revoked, 44, [Pki.Device(issuer: Pki.RevokedMiddle), Pki.RevokedMiddle.Certificate.Der], NoRevocation);
        Accept("not revoked, with a current list", Pki.Device(), setting: Setting.StaleRefuses);
        Refuse("no list of the CA", RefusalReason.StaleRevocationList, 46, Pki.Device(issuer: Pki.P384), NoRevocation, setting: Setting.StaleRefuses);
        Refuse("no list of the intermediate", RefusalReason.StaleRevocationList, 46,
            [Pki.Device(issuer: Pki.Middle), Pki.Middle.Certificate.Der], NoRevocation, setting: Setting.StaleRefuses);
        var expired = Pki.Rsa.CreateIntermediate("Under RSA");
        Refuse("an expired list of the CA above", RefusalReason.StaleRevocationList, 46,
            [Pki.Device(issuer: expired), expired.Certificate.Der], NoRevocation, setting: Setting.StaleRefuses);
        var listed = Pki.Rsa.CreateIntermediate("Revoked under RSA", TablePki.CaOptions with { SerialNumber = [0x66, 0x05] });
        Refuse("an expired list is still obeyed", RefusalReason.Revoked, 44, [Pki.Device(issuer: listed), listed.Certificate.Der], NoRevocation);
    }

    private static byte[] SanOf(string dnsName) => SanOf(Tlv(0x82, Encoding.ASCII.GetBytes(dnsName)));

    private static byte[] SanOf(params byte[][] names) => Extension("551D11", false, Tlv(0x30, names));

    private static string Shown(string name) =>
        string.Concat((name.Length > 70 ? $"{name[..10]}… of {name.Length}" : name).Select(one => one is < ' ' or > '~' ? $"\\{(int)one:x4}" : $"{one}"));
}
