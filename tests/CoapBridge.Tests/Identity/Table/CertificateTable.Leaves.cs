using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.RawCertificate;

namespace CoapBridge.Tests.Identity.Table;

/// <summary>Rows about the leaf's purpose, dates, key and signature.</summary>
internal sealed partial class CertificateTable
{
    private void AddExtensions()
    {
        string[] client = [CertificatePurposes.ClientAuth];
        Accept("a plain device", Pki.Device());
        Accept("no extKeyUsage", Pki.Device(good => good with { ExtendedKeyUsage = null }));
        Accept("clientAuth and serverAuth", Pki.Device(good => good with { ExtendedKeyUsage = [.. client, CertificatePurposes.ServerAuth] }));
        Accept("clientAuth and codeSigning", Pki.Device(good => good with { ExtendedKeyUsage = [CertificatePurposes.CodeSigning, .. client] }));
        Accept("clientAuth and anyExtendedKeyUsage", Pki.Device(good => good with { ExtendedKeyUsage = [CertificatePurposes.Any, .. client] }));
        Accept("32 purposes", Pki.Device(good => good with { ExtendedKeyUsage = [.. Enumerable.Range(1, 31).Select(i => $"1.2.3.{i}"), .. client] }));
        Refuse("33 purposes", RefusalReason.Malformed, 42,
            Pki.Device(good => good with { ExtendedKeyUsage = [.. Enumerable.Range(1, 32).Select(i => $"1.2.3.{i}"), .. client] }), NoLimits);
        foreach (var purpose in new[] { CertificatePurposes.ServerAuth, CertificatePurposes.CodeSigning, CertificatePurposes.Any, "1.2.3" })
        {
            Refuse($"extKeyUsage {purpose}", RefusalReason.ExtendedKeyUsage, 43, Pki.Device(good => good with { ExtendedKeyUsage = [purpose] }));
        }

        Refuse("no extKeyUsage where it is required", RefusalReason.ExtendedKeyUsage, 43,
            Pki.Device(good => good with { ExtendedKeyUsage = null }), NoProfile, setting: Setting.ExtendedKeyUsageRequired);
        Accept("clientAuth where it is required", Pki.Device(), setting: Setting.ExtendedKeyUsageRequired);
        Accept("critical extKeyUsage", Pki.Raw(raw => raw.Extensions.Add(Extension("551D25", true, Convert.FromHexString("300A06082B06010505070302")))));
        Refuse("empty extKeyUsage", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.Extensions.Add(Extension("551D25", false, [0x30, 0]))));
        Accept("cA FALSE by default", Pki.Device(good => good with { IsCa = false }));
        Refuse("cA TRUE", RefusalReason.IsCa, 43, Pki.Device(good => good with { IsCa = true }), NoRole);
        Refuse("the anchor itself", RefusalReason.IsCa, 43, [Pki.Root.Certificate.Der], NoRole, pkcs8: Pkcs8Of(Pki.Root.Certificate));
        Refuse("an intermediate as a device", RefusalReason.IsCa, 43, [Pki.Middle.Certificate.Der], NoRole, pkcs8: Pkcs8Of(Pki.Middle.Certificate));
        Refuse("a path length without cA", RefusalReason.Malformed, 42,
            Pki.Raw(raw => raw.Extensions.Add(Extension("551D13", true, [0x30, 3, 2, 1, 0]))), Lenient);
        Accept("an unknown extension", Pki.Raw(raw => raw.Extensions.Add(Extension("2A0304", false, [5, 0]))));
        Refuse("an unknown critical extension", RefusalReason.CriticalExtension, 42, Pki.Raw(raw => raw.Extensions.Add(Extension("2A0304", true, [5, 0]))));
        Accept("an AIA address that nobody calls", Pki.Raw(raw => raw.Extensions.Add(Extension(
            "2B06010505070101", false, Tlv(0x30, Tlv(0x30, Convert.FromHexString("06082B06010505073002"), Tlv(0x86, "http://127.0.0.1:9/ca"u8)))))));
        Accept("certificatePolicies", Pki.Raw(raw => raw.Extensions.Add(Extension("551D20", false, Convert.FromHexString("3006300406022A03")))));
        Refuse("critical certificatePolicies", RefusalReason.CriticalExtension, 42,
            Pki.Raw(raw => raw.Extensions.Add(Extension("551D20", true, Convert.FromHexString("3006300406022A03")))), "the platform processes policies");
    }

    private void AddKeyUsages()
    {
        const X509KeyUsageFlags sign = X509KeyUsageFlags.DigitalSignature;
        Refuse("no keyUsage", RefusalReason.KeyUsage, 43, Pki.Device(good => good with { KeyUsage = null }), NoProfile);
        Accept("no keyUsage where it is not required", Pki.Device(good => good with { KeyUsage = null }), setting: Setting.KeyUsageIfPresent);
        foreach (var usage in new[] { X509KeyUsageFlags.KeyAgreement, X509KeyUsageFlags.KeyEncipherment, X509KeyUsageFlags.NonRepudiation,
            X509KeyUsageFlags.KeyCertSign, X509KeyUsageFlags.CrlSign, X509KeyUsageFlags.KeyAgreement | X509KeyUsageFlags.DecipherOnly })
        {
            Refuse($"keyUsage {usage}", RefusalReason.KeyUsage, 43, Pki.Device(good => good with { KeyUsage = usage }), NoProfile);
            Refuse($"keyUsage {usage} where it is not required", RefusalReason.KeyUsage, 43,
                Pki.Device(good => good with { KeyUsage = usage }), NoProfile, setting: Setting.KeyUsageIfPresent);
        }

        Accept("digitalSignature and keyAgreement", Pki.Device(good => good with { KeyUsage = sign | X509KeyUsageFlags.KeyAgreement }));
        Accept("digitalSignature and decipherOnly", Pki.Device(good => good with { KeyUsage = sign | X509KeyUsageFlags.DecipherOnly }));
        Accept("digitalSignature and keyCertSign without cA", Pki.Device(good => good with { KeyUsage = sign | X509KeyUsageFlags.KeyCertSign }));
        Accept("keyUsage not critical", Pki.Raw(raw => raw.Extensions = [Extension("551D0F", false, DigitalSignature)]));
        Refuse("keyUsage with zeros at its end", RefusalReason.Malformed, 42,
            Pki.Raw(raw => raw.Extensions = [Extension("551D0F", true, [3, 3, 0, 0x80, 0])]), Lenient);
    }

    private void AddDates()
    {
        Refuse("expired an hour ago", RefusalReason.Expired, 45, Pki.Device(good => good with { NotBefore = Pki.Now.AddDays(-1), NotAfter = Pki.Now.AddHours(-1) }));
        Refuse("valid in an hour", RefusalReason.NotYetValid, 45, Pki.Device(good => good with { NotBefore = Pki.Now.AddHours(1) }));
        Accept("valid for ever", Pki.Device(good => good with { NotAfter = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero) }));
        Accept("valid from 1950", Pki.Raw(raw => raw.NotBefore = Tlv(0x17, "500101000000Z"u8)));
        Refuse("ends before it begins", RefusalReason.NotYetValid, 45,
            Pki.Raw(raw => (raw.NotBefore, raw.NotAfter) = (TablePki.Utc(Pki.Now.AddDays(2)), TablePki.Utc(Pki.Now.AddDays(1)))));
        var exact = Pki.Device(good => good with { NotBefore = Pki.Now.AddSeconds(-5), NotAfter = Pki.Now.AddSeconds(5) });
        _rows.Add(new("the first second", [exact]) { Device = "device-1", Time = Pki.Now.AddSeconds(-5) });
        _rows.Add(new("the last second", [exact])
        {
            Device = "device-1", Time = Pki.Now.AddSeconds(5), Platform = "for the platform the last second is over; RFC 5280 §4.1.2.5 says through notAfter, inclusive",
        });
        _rows.Add(new("a second before", [exact]) { Reason = RefusalReason.NotYetValid, Alert = 45, Time = Pki.Now.AddSeconds(-6) });
        _rows.Add(new("a second after", [exact]) { Reason = RefusalReason.Expired, Alert = 45, Time = Pki.Now.AddSeconds(6) });
        foreach (var (what, time) in new (string, byte[])[]
        {
            ("GeneralizedTime before 2050", Tlv(0x18, "20490101000000Z"u8)), ("GeneralizedTime without Z", Tlv(0x18, "20500101000000"u8)),
            ("GeneralizedTime with a fraction", Tlv(0x18, "20500101000000.5Z"u8)), ("30 February", Tlv(0x17, "490230000000Z"u8)),
            ("UTCTime without seconds", Tlv(0x17, "4901010000Z"u8)), ("UTCTime with an offset", Tlv(0x17, "490101000000+0100"u8)),
            ("hour 24", Tlv(0x17, "490101240000Z"u8)), ("a date as text", Tlv(0x0C, "490101000000Z"u8)),
        })
        {
            Refuse($"notAfter: {what}", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.NotAfter = time), what == "GeneralizedTime before 2050" ? Lenient : null, what == "a date as text" ? Loads : null);
        }
    }

    private void AddKeys()
    {
        foreach (var kind in new[] { KeyKind.Rsa2048, KeyKind.P384, KeyKind.Secp256k1 })
        {
            var certificate = Pki.Root.Issue(new() { CommonName = "device-1", Key = kind });
            var isSent = kind == KeyKind.P384;
            Refuse($"a key of kind {kind}", RefusalReason.KeyType, 43, [certificate.Der], NoProfile, isSent ? null : NoSuchSuite,
                pkcs8: isSent ? Pkcs8Of(certificate) : null);
        }

        var point = Pki.DeviceKey.ExportSubjectPublicKeyInfo()[26..];
        byte[] header = Pki.DeviceKey.ExportSubjectPublicKeyInfo()[..23];
        byte[] Spki(byte[] key) => Tlv(0x30, header[2..], Tlv(0x03, [0], key));
        var offCurve = point.ToArray();
        offCurve[^1] ^= 1;
        Refuse("an Ed25519 key", RefusalReason.KeyType, 43,
            Pki.Raw(raw => raw.PublicKey = Tlv(0x30, Convert.FromHexString("300506032B6570"), Tlv(0x03, [0], new byte[32]))), NoProfile, OtherKey);
        Refuse("explicit curve parameters", RefusalReason.KeyType, 43, Pki.Raw(raw => raw.PublicKey = ExplicitParameters()), null, OtherKey);
        Refuse("a compressed point", RefusalReason.KeyType, 43,
            Pki.Raw(raw => raw.PublicKey = Spki([(byte)(2 + (point[^1] & 1)), .. point[1..33]])), NoProfile, OtherKey);
        _rows.Add(new("a point beside the curve", [Pki.Raw(raw => raw.PublicKey = Spki(offCurve))])
        {
            Reason = RefusalReason.Malformed, Alert = 42, NotByOpenSsl = OtherKey,
            Handshake = (RefusalReason.CertificateVerify, 51, "nothing can be signed with it, and only who proves a key hears more"),
        });
        Refuse("a point at infinity", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.PublicKey = Spki([0])), "the platform takes infinity for a key", OtherKey);
        Refuse("a point that is cut", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.PublicKey = Spki(point[..64])), null, OtherKey);
        Refuse("an empty key", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.PublicKey = Spki([])), null, OtherKey);
    }

    private void AddSignatures()
    {
        var good = Pki.Device();
        byte[] Changed(int offset)
        {
            var changed = good.ToArray();
            changed[offset] ^= 1;
            return changed;
        }

        Refuse("a changed signature", RefusalReason.BadSignature, 42, Changed(good.Length - 1));
        Refuse("a changed serial number", RefusalReason.BadSignature, 42, Changed(20));
        Accept("signed by P-384 with SHA-256", Pki.Device(issuer: Pki.P384));
        Refuse("signed with SHA-384", RefusalReason.SignatureAlgorithm, 43, Pki.Device(device => device with { Hash = HashAlgorithmName.SHA384 }), NoProfile);
        Refuse("signed with SHA-512", RefusalReason.SignatureAlgorithm, 43, Pki.Device(device => device with { Hash = HashAlgorithmName.SHA512 }), NoProfile);
        Refuse("signed with RSA", RefusalReason.SignatureAlgorithm, 43, Pki.Device(issuer: Pki.Rsa), NoProfile);
        foreach (var (what, algorithm) in new[]
        {
            ("ecdsa-with-SHA1", "300906072A8648CE3D0401"), ("md5WithRSA", "300D06092A864886F70D0101040500"),
            ("Ed25519", "300506032B6570"), ("ecdsa-with-SHA256 and NULL", "300C06082A8648CE3D0403020500"),
        })
        {
            Refuse($"signature algorithm {what}", RefusalReason.SignatureAlgorithm, 43, Pki.Raw(raw => raw.Algorithm = Convert.FromHexString(algorithm)),
                what.EndsWith("NULL", StringComparison.Ordinal) ? Lenient : null);
        }

        Refuse("another algorithm inside than outside", RefusalReason.Malformed, 42, Pki.Raw(raw => raw.OuterAlgorithm = EcdsaWithSha1));
    }

    private static byte[] Pkcs8Of(IssuedCertificate certificate)
    {
        using var key = certificate.OpenEcdsa();
        return key.ExportPkcs8PrivateKey();
    }

    private static byte[] ExplicitParameters()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportExplicitParameters(includePrivateParameters: false);
        var curve = parameters.Curve;
        static byte[] Unsigned(byte[] number) => Tlv(0x02, number[0] >= 0x80 ? [0, .. number] : number);
        var ecParameters = Tlv(0x30, [2, 1, 1],
            Tlv(0x30, Convert.FromHexString("06072A8648CE3D0101"), Unsigned(curve.Prime!)),
            Tlv(0x30, Tlv(0x04, curve.A!), Tlv(0x04, curve.B!)), Tlv(0x04, [4, .. curve.G.X!, .. curve.G.Y!]), Unsigned(curve.Order!), [2, 1, 1]);
        return Tlv(0x30, Tlv(0x30, Convert.FromHexString("06072A8648CE3D0201"), ecParameters), Tlv(0x03, [0, 4], parameters.Q.X!, parameters.Q.Y!));
    }
}
