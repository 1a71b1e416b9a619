using CoapBridge.Identity;

namespace CoapBridge.Tests.Identity.Table;

/// <summary>
/// Every expectation about a device's certificate in one row: who is let in, or which reason and which alert. Asked of the
/// policy and of the platform (<c>CertificateTableTests</c>), and through a handshake of a foreign client with the worker
/// (<c>CertificateTableWorkerTests</c> of the interop tests).
/// </summary>
internal sealed partial class CertificateTable
{
    // Why X509Chain says the opposite. Each of these is true of every row that names it: the test asks.
    private const string NoProfile = "the platform knows no profile: RFC 7252 §9.1.3.3 and D-1 ask for keyUsage, a P-256 key and ecdsa-with-SHA256 in the leaf";
    private const string NoNames = "the platform has no device names, reserved names or lists of devices";
    private const string NoRole = "the platform takes a CA for a leaf";
    private const string Lenient = "the platform's parser is OpenSSL's, which takes more than DER and RFC 5280 allow";
    private const string NoLimits = "the platform has no such limit";
    private const string NoRevocation = "revocation lists cannot be given to the platform from memory";
    private const string AnyPurpose = "the platform takes a CA's anyExtendedKeyUsage for no purpose of ours";
    private const string Hint = "we take key identifiers for a hint";

    private const string Loads = "openssl does not load it";
    private const string OtherKey = "the leaf's key is not one that openssl would sign with here";
    private const string NoSuchSuite = "openssl sends no certificate that its offered suites cannot use";

    private readonly List<CertificateCase> _rows = [];

    public CertificateTable(DateTimeOffset now)
    {
        Pki = new TablePki(now);
        AddExtensions();
        AddKeyUsages();
        AddDates();
        AddKeys();
        AddSignatures();
        AddFormats();
        AddNames();
        AddLists();
        AddPaths();
        AddIssuers();
    }

    public TablePki Pki { get; }

    public IReadOnlyList<CertificateCase> Rows => _rows;

    /// <summary>What the policy of a row is made of.</summary>
    public DevicePolicySettings SettingsOf(Setting setting)
    {
        DeviceList.TryParse(Pki.Denied, out var denied, out _);
        DeviceList.TryParse(TablePki.Allowed, out var allowed, out _);
        return new()
        {
            KeyUsage = setting == Setting.KeyUsageIfPresent ? ExtensionDemand.IfPresent : ExtensionDemand.Required,
            ExtendedKeyUsage = setting == Setting.ExtendedKeyUsageRequired ? ExtensionDemand.Required : ExtensionDemand.IfPresent,
            Name = setting switch { Setting.SanDns => DeviceNameSource.SanDns, Setting.SanUri => DeviceNameSource.SanUri, _ => DeviceNameSource.CommonName },
            ReservedNames = [TablePki.Gateway, TablePki.BrokerHost],
            OwnCertificates = [Pki.Own.Der],
            Denied = denied,
            Allowed = setting == Setting.Allowed ? allowed : null,
            RevocationLists = [.. Pki.RevocationLists.Select(der => RevocationList.TryParse(der, out _)!)],
            StaleRevocationList = setting == Setting.StaleRefuses ? StaleListUse.Refuse : StaleListUse.Warn,
        };
    }

    private void Accept(string name, string device, byte[][] chain, string? platform = null, Setting setting = default) =>
        _rows.Add(new(name, chain) { Device = device, Platform = platform, Setting = setting });

    private void Accept(string name, byte[] leaf, string? platform = null, Setting setting = default) =>
        Accept(name, "device-1", [leaf], platform, setting);

    private void Refuse(
        string name, RefusalReason reason, int alert, byte[][] chain, string? platform = null, string? notByOpenSsl = null, Setting setting = default,
        byte[]? pkcs8 = null) =>
        _rows.Add(new(name, chain) { Reason = reason, Alert = alert, Platform = platform, NotByOpenSsl = notByOpenSsl, Setting = setting, Pkcs8 = pkcs8 });

    private void Refuse(string name, RefusalReason reason, int alert, byte[] leaf, string? platform = null, string? notByOpenSsl = null, Setting setting = default) =>
        Refuse(name, reason, alert, [leaf], platform, notByOpenSsl, setting);
}
