using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Identity.Table;

/// <summary>The CAs of the table, and the short words that its rows are written with. All devices have one key.</summary>
internal sealed class TablePki
{
    public const string Gateway = "gateway-1", BrokerHost = "localhost";
    public static readonly CertificateOptions CaOptions = CertificateAuthority.CaOptions();

    public TablePki(DateTimeOffset now)
    {
        Now = new(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        DeviceKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Root = NewRoot("Table CA");
        Rsa = NewRoot("RSA CA", CaOptions with { Key = KeyKind.Rsa2048 });
        P384 = NewRoot("P-384 CA", CaOptions with { Key = KeyKind.P384 });
        ForClients = NewRoot("CA for clients", CaOptions with { ExtendedKeyUsage = [CertificatePurposes.ClientAuth] });
        ForServers = NewRoot("CA for servers", CaOptions with { ExtendedKeyUsage = [CertificatePurposes.ServerAuth] });
        Flat = NewRoot("Flat CA", CertificateAuthority.CaOptions(pathLength: 0));
        Old = NewRoot("Rolling CA");
        Young = NewRoot("Rolling CA");
        var far = NewRoot("Far CA");
        Sub = far.CreateIntermediate("Sub CA as anchor");
        Middle = Root.CreateIntermediate("Middle CA");
        RevokedMiddle = Root.CreateIntermediate("Revoked CA", CaOptions with { SerialNumber = [0x55, 0x01] });
        Own = Root.Issue(new() { CommonName = Gateway, ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth] });
        DeniedBySha256 = Issue(new() { CommonName = "denied-3" });
    }

    public DateTimeOffset Now { get; }

    /// <summary>The P-256 key of the devices.</summary>
    public ECDsa DeviceKey { get; }

    public CertificateAuthority Root { get; }

    public CertificateAuthority Rsa { get; }

    public CertificateAuthority P384 { get; }

    public CertificateAuthority ForClients { get; }

    public CertificateAuthority ForServers { get; }

    /// <summary>Its path length is 0.</summary>
    public CertificateAuthority Flat { get; }

    /// <summary>Two keys under one name.</summary>
    public CertificateAuthority Old { get; }

    /// <inheritdoc cref="Old"/>
    public CertificateAuthority Young { get; }

    /// <summary>An anchor that is not self-signed.</summary>
    public CertificateAuthority Sub { get; }

    public CertificateAuthority Middle { get; }

    public CertificateAuthority RevokedMiddle { get; }

    public IssuedCertificate Own { get; }

    public byte[] DeniedBySha256 { get; }

    public IReadOnlyList<CertificateAuthority> Anchors => [Root, Rsa, P384, ForClients, ForServers, Flat, Old, Young, Sub];

    public string Denied => $"""
        # of the table
        name:denied-1
        serial:66:02
        sha256:{Convert.ToHexString(SHA256.HashData(DeniedBySha256))}
        """;

    public static string Allowed => "name:allowed-1";

    /// <summary>Of the table's CA; that of the RSA CA has expired; the others have none.</summary>
    public IReadOnlyList<byte[]> RevocationLists =>
    [
        Root.IssueRevocationList([[0x55, 0x01], [0x66, 0x01]], Now.AddHours(-1), Now.AddDays(1)),
        Rsa.IssueRevocationList([[0x66, 0x05]], Now.AddDays(-2), Now.AddDays(-1)),
        RevokedMiddle.IssueRevocationList([], Now.AddHours(-1), Now.AddDays(1)),
    ];

    public CertificateAuthority NewRoot(string name, CertificateOptions? options = null) =>
        CertificateAuthority.CreateRoot(name, Now, options ?? CaOptions);

    /// <summary>A device's certificate over the common key.</summary>
    public byte[] Issue(CertificateOptions options, CertificateAuthority? issuer = null) =>
        (issuer ?? Root).Issue(options with { PublicKey = options.PublicKey ?? new PublicKey(DeviceKey) }).Der;

    /// <summary>A good device but for what is changed.</summary>
    public byte[] Device(Func<CertificateOptions, CertificateOptions>? change = null, CertificateAuthority? issuer = null)
    {
        var good = new CertificateOptions { CommonName = "device-1" };
        return Issue(change is null ? good : change(good), issuer);
    }

    /// <summary>A device put together from raw values, really signed by an issuer with a P-256 key.</summary>
    public byte[] Raw(Action<RawCertificate> change, CertificateAuthority? issuer = null)
    {
        var authority = issuer ?? Root;
        using var certificate = X509CertificateLoader.LoadCertificate(authority.Certificate.Der);
        var raw = new RawCertificate
        {
            Issuer = certificate.SubjectName.RawData,
            PublicKey = DeviceKey.ExportSubjectPublicKeyInfo(),
            NotBefore = Utc(Now.AddHours(-1)),
            NotAfter = Utc(Now.AddDays(1)),
        };
        change(raw);
        using var key = authority.Certificate.OpenEcdsa();
        return raw.Sign(key);
    }

    public static byte[] Utc(DateTimeOffset time) =>
        RawCertificate.Tlv(0x17, System.Text.Encoding.ASCII.GetBytes(time.UtcDateTime.ToString("yyMMddHHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture)));
}
