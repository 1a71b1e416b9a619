using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.RawCertificate;

namespace CoapBridge.Tests.Identity.Table;

/// <summary>Rows about the way from the leaf to a CA.</summary>
internal sealed partial class CertificateTable
{
    private void AddPaths()
    {
        var first = Pki.Root.CreateIntermediate("First");
        var second = first.CreateIntermediate("Second");
        var third = second.CreateIntermediate("Third");
        byte[] root = Pki.Root.Certificate.Der, ca1 = first.Certificate.Der, ca2 = second.Certificate.Der, ca3 = third.Certificate.Der;
        byte[] leaf1 = Pki.Device(issuer: first), leaf2 = Pki.Device(issuer: second), leaf3 = Pki.Device(issuer: third);
        AcceptPath("the anchor sent too", Pki.Device(), root);
        AcceptPath("one intermediate", leaf1, ca1);
        AcceptPath("one intermediate and the anchor", leaf1, ca1, root);
        AcceptPath("two intermediates", leaf2, ca2, ca1);
        AcceptPath("two intermediates and the anchor", leaf2, ca2, ca1, root);
        AcceptPath("an unrelated certificate at the end", leaf1, ca1, Pki.P384.Certificate.Der);
        RefusePath("a missing intermediate", RefusalReason.UnknownCa, 48, null, leaf1);
        RefusePath("a missing upper intermediate", RefusalReason.UnknownCa, 48, null, leaf2, ca2);
        RefusePath("the wrong order", RefusalReason.UnknownCa, 48, "the platform sorts; RFC 5246 §7.4.2 says that each certifies the one before", leaf2, ca1, ca2);
        RefusePath("too deep", RefusalReason.PathLength, 42, NoLimits, leaf3, ca3, ca2, ca1);
        RefusePath("five certificates", RefusalReason.PathLength, 42, NoLimits, leaf3, ca3, ca2, ca1, root);
        _rows.Add(new("a hundred certificates", [leaf1, .. Enumerable.Repeat(ca1, 99)])
        {
            Reason = RefusalReason.PathLength, Alert = 42, Platform = NoLimits,
            Handshake = (RefusalReason.Malformed, 42, "the handshake takes no more than 8 KiB for a list, and parses none of it"),
        });
        RefusePath("8 KiB in all", RefusalReason.Malformed, 42, NoLimits,
            leaf1, first.Issue(TablePki.CaOptions with { CommonName = "big", OtherExtensions = [new("1.2.3.4", new byte[7900], critical: false)] }).Der, ca1);
        Accept("an anchor that is not self-signed", Pki.Device(issuer: Pki.Sub), "the platform's anchors must be self-signed");
        AcceptPath("the old key of a CA", Pki.Device(issuer: Pki.Old));
        AcceptPath("the young key of a CA", Pki.Device(issuer: Pki.Young));
        Accept("the young key, without identifiers", Pki.Device(good => good with { KeyIdentifiers = false }, Pki.Young), "the platform tries one key of a name");
        var third2 = Pki.NewRoot("Rolling CA");
        RefusePath("a third key under that name", RefusalReason.UnknownCa, 48, null, Pki.Device(issuer: third2), third2.Certificate.Der);
        var stranger = Pki.NewRoot("Another CA");
        RefusePath("another CA", RefusalReason.UnknownCa, 48, null, Pki.Device(issuer: stranger));
        RefusePath("another CA, sent too", RefusalReason.UnknownCa, 48, null, Pki.Device(issuer: stranger), stranger.Certificate.Der);
        var impostor = Pki.NewRoot("Table CA");
        RefusePath("another CA under our CA's name", RefusalReason.UnknownCa, 48, null, Pki.Device(issuer: impostor));
        Refuse("another CA under our CA's name, without identifiers", RefusalReason.BadSignature, 42,
            Pki.Device(good => good with { KeyIdentifiers = false }, impostor));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var own = new CertificateRequest("CN=device-1", key, HashAlgorithmName.SHA256);
        own.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        using var selfSigned = own.CreateSelfSigned(Pki.Now.AddHours(-1), Pki.Now.AddDays(1));
        Refuse("self-signed", RefusalReason.UnknownCa, 48, [selfSigned.RawData], pkcs8: key.ExportPkcs8PrivateKey());
        Accept("a wrong authority key identifier", Pki.Raw(raw => raw.Extensions.Add(Extension("551D23", false, Tlv(0x30, Tlv(0x80, new byte[20]))))), Hint);
        Refuse("the CA's name in another string type", RefusalReason.UnknownCa, 48, Pki.Raw(raw => raw.Issuer = Name("Table CA", 0x13)), "we compare names as octets");
        Refuse("the CA's name in capitals", RefusalReason.UnknownCa, 48, Pki.Raw(raw => raw.Issuer = Name("TABLE CA")), "we compare names as octets");
    }

    private void AddIssuers()
    {
        var options = TablePki.CaOptions;
        foreach (bool? isCa in new bool?[] { null, false })
        {
            var device = Pki.Root.CreateIntermediate("device-9", options with { IsCa = isCa, KeyUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature });
            RefusePath($"issued by a device, cA {isCa?.ToString() ?? "absent"}", RefusalReason.UnknownCa, 48, null, Pki.Device(issuer: device), device.Certificate.Der);
        }

        RefuseIssuer("an issuer without keyCertSign", RefusalReason.UnknownCa, 48, options with { KeyUsage = X509KeyUsageFlags.CrlSign });
        AcceptIssuer("an issuer without keyUsage", options with { KeyUsage = null });
        AcceptIssuer("an issuer for clients", options with { ExtendedKeyUsage = [CertificatePurposes.ClientAuth] });
        AcceptIssuer("an issuer for any purpose", options with { ExtendedKeyUsage = [CertificatePurposes.Any] }, AnyPurpose);
        RefuseIssuer("an issuer for servers", RefusalReason.ExtendedKeyUsage, 43, options with { ExtendedKeyUsage = [CertificatePurposes.ServerAuth] });
        AcceptPath("an anchor for clients", Pki.Device(issuer: Pki.ForClients));
        RefusePath("an anchor for servers", RefusalReason.ExtendedKeyUsage, 43, null, Pki.Device(issuer: Pki.ForServers));
        RefuseIssuer("an expired issuer", RefusalReason.Expired, 45, options with { NotBefore = Pki.Now.AddDays(-9), NotAfter = Pki.Now.AddHours(-1) });
        RefuseIssuer("an issuer not yet valid", RefusalReason.NotYetValid, 45, options with { NotBefore = Pki.Now.AddHours(1) });
        AcceptIssuer("an issuer with P-384", options with { Key = KeyKind.P384 });
        RefuseIssuer("an issuer with RSA that signs a leaf", RefusalReason.SignatureAlgorithm, 43, options with { Key = KeyKind.Rsa2048 }, NoProfile);
        RefuseIssuer("an issuer signed with SHA-512", RefusalReason.SignatureAlgorithm, 43, options with { Hash = HashAlgorithmName.SHA512 }, "the platform takes SHA-512");
        AcceptIssuer("an issuer signed with SHA-384", options with { Hash = HashAlgorithmName.SHA384 });
        var byRsa = Pki.Rsa.CreateIntermediate("By RSA");
        AcceptPath("an issuer signed by RSA", Pki.Device(issuer: byRsa), byRsa.Certificate.Der);
        var weak = Pki.Root.CreateIntermediate("Weak", options with { Key = KeyKind.Rsa1024 });
        var between = weak.CreateIntermediate("Between");
        RefusePath("RSA with 1024 bits on the way", RefusalReason.KeyType, 43, "the platform takes 1024 bits here", Pki.Device(issuer: between), between.Certificate.Der, weak.Certificate.Der);
        foreach (var (what, oid, critical, reason) in new (string, string, bool, RefusalReason)[]
        {
            ("critical nameConstraints", "2.5.29.30", true, RefusalReason.NameConstraint), ("nameConstraints", "2.5.29.30", false, RefusalReason.NameConstraint),
            ("critical policyConstraints", "2.5.29.36", true, RefusalReason.CriticalExtension), ("critical inhibitAnyPolicy", "2.5.29.54", true, RefusalReason.CriticalExtension),
            ("an unknown critical extension", "1.2.3.4", true, RefusalReason.CriticalExtension),
        })
        {
            byte[] value = oid switch
            {
                "2.5.29.30" => Tlv(0x30, Tlv(0xA0, Tlv(0x30, Tlv(0x82, "devices.example"u8)))), // permitted dNSName
                "2.5.29.36" => [0x30, 3, 0x81, 1, 0],
                "2.5.29.54" => [2, 1, 0],
                _ => [5, 0],
            };
            RefuseIssuer($"an issuer with {what}", reason, 42, options with { OtherExtensions = [new(oid, value, critical)] },
                oid == "1.2.3.4" ? null : "the platform enforces what we refuse");
        }

        var flat = Pki.Root.CreateIntermediate("Flat", CertificateAuthority.CaOptions(pathLength: 0));
        var below = flat.CreateIntermediate("Below");
        AcceptPath("path length 0 above a device", Pki.Device(issuer: flat), flat.Certificate.Der);
        RefusePath("path length 0 above a CA", RefusalReason.PathLength, 42, null, Pki.Device(issuer: below), below.Certificate.Der, flat.Certificate.Der);
        AcceptPath("an anchor of path length 0", Pki.Device(issuer: Pki.Flat));
        var child = Pki.Flat.CreateIntermediate("Child");
        RefusePath("a CA below an anchor of path length 0", RefusalReason.PathLength, 42, null, Pki.Device(issuer: child), child.Certificate.Der);
        var rolled = Pki.Flat.CreateIntermediate("Flat CA");
        AcceptPath("a self-issued CA below an anchor of path length 0", Pki.Device(issuer: rolled), rolled.Certificate.Der);
        var forged = Pki.Middle.Certificate.Der.ToArray();
        forged[^1] ^= 1;
        RefusePath("a forged intermediate", RefusalReason.BadSignature, 42, null, Pki.Device(issuer: Pki.Middle), forged);
        AddRawIssuers();
    }

    private void AddRawIssuers()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = Pki.Raw(raw => raw.Issuer = Name("Raw CA")); // over the table's CA's signature: made anew below
        var signed = new RawCertificate
        {
            Issuer = Name("Raw CA"), PublicKey = Pki.DeviceKey.ExportSubjectPublicKeyInfo(),
            NotBefore = TablePki.Utc(Pki.Now.AddHours(-1)), NotAfter = TablePki.Utc(Pki.Now.AddDays(1)),
        }.Sign(key);
        byte[] Issuer(Action<RawCertificate> change) => Pki.Raw(raw =>
        {
            raw.Subject = Name("Raw CA");
            raw.PublicKey = key.ExportSubjectPublicKeyInfo();
            raw.Extensions = [Extension("551D13", true, [0x30, 3, 1, 1, 0xFF]), Extension("551D0F", true, [3, 2, 2, 4])];
            change(raw);
        });
        AcceptPath("a raw issuer", signed, Issuer(_ => { }));
        RefusePath("the table's CA signs for another issuer's name", RefusalReason.BadSignature, 42, null, leaf, Issuer(_ => { }));
        RefusePath("an issuer whose basicConstraints are not critical", RefusalReason.UnknownCa, 48, "the platform does not ask for what RFC 5280 §4.2.1.9 demands",
            signed, Issuer(raw => raw.Extensions[0] = Extension("551D13", false, [0x30, 3, 1, 1, 0xFF])));
        RefusePath("an issuer with cA TRUE as an INTEGER", RefusalReason.Malformed, 42, null, signed,
            Issuer(raw => raw.Extensions[0] = Extension("551D13", true, [0x30, 3, 2, 1, 1])));
        RefusePath("an issuer with cA TRUE as 1", RefusalReason.Malformed, 42, Lenient, signed,
            Issuer(raw => raw.Extensions[0] = Extension("551D13", true, [0x30, 3, 1, 1, 1])));
        RefusePath("an issuer of version 1", RefusalReason.Malformed, 42, null, signed, Issuer(raw => (raw.Version, raw.ExtensionField) = ([], [])));
        foreach (var (what, algorithm) in new[] { ("SHA-1", "300906072A8648CE3D0401"), ("MD5", "300D06092A864886F70D0101040500") })
        {
            RefusePath($"an issuer signed with {what}", RefusalReason.SignatureAlgorithm, 43, null, signed, Issuer(raw => raw.Algorithm = Convert.FromHexString(algorithm)));
        }
    }

    private void AcceptPath(string name, params byte[][] chain) => Accept(name, "device-1", chain);

    private void RefusePath(string name, RefusalReason reason, int alert, string? platform, params byte[][] chain) => Refuse(name, reason, alert, chain, platform);

    private void AcceptIssuer(string name, CertificateOptions options, string? platform = null)
    {
        var issuer = Pki.Root.CreateIntermediate(name, options);
        Accept(name, "device-1", [Pki.Device(issuer: issuer), issuer.Certificate.Der], platform);
    }

    private void RefuseIssuer(string name, RefusalReason reason, int alert, CertificateOptions options, string? platform = null)
    {
        var issuer = Pki.Root.CreateIntermediate(name, options);
        Refuse(name, reason, alert, [Pki.Device(issuer: issuer), issuer.Certificate.Der], platform);
    }
}
