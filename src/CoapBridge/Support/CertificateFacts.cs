using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Network;
using CoapBridge.Options;

namespace CoapBridge.Support;

/// <summary>What the certificate files say; of keys only where they are and who may read them.</summary>
internal static class CertificateFacts
{
    public static string Write(BridgeOptions options)
    {
        var text = new StringBuilder();
        AppendFile(text, "Identity:Certificate", options.Identity.Certificate);
        AppendFile(text, "Identity:CloudCa", options.Identity.CloudCa);
        if (options.Upstream.ServerCa is { } serverCa)
        {
            AppendFile(text, $"{options.Upstream.Section}:ServerCa", serverCa);
        }

        text.Append("Identity:PrivateKey: ").Append(Pkcs11Key.IsUri(options.Identity.PrivateKey)
            ? "in a token" : $"{options.Identity.PrivateKey} {HostFacts.ModeOf(options.Identity.PrivateKey)}").Append("\n\n");
        AppendLists(text, options);
        return text.ToString();
    }

    private static void AppendFile(StringBuilder text, string key, string path)
    {
        text.Append(key).Append(": ").Append(path).Append(' ').Append(HostFacts.ModeOf(path)).Append('\n');
        var errors = new List<OptionsError>();
        foreach (var certificate in PemFiles.Certificates(key, path, errors))
        {
            Append(text, certificate);
        }

        foreach (var error in errors)
        {
            text.Append("  ").Append(error).Append('\n');
        }

        text.Append('\n');
    }

    private static void Append(StringBuilder text, X509Certificate2 certificate)
    {
        text.Append(CultureInfo.InvariantCulture, $"  subject  {certificate.Subject}\n  issuer   {certificate.Issuer}\n  serial   {certificate.SerialNumber}\n");
        text.Append(CultureInfo.InvariantCulture, $"  valid    {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}\n");
        text.Append(CultureInfo.InvariantCulture, $"  key      {certificate.PublicKey.Oid.FriendlyName}, signed with {certificate.SignatureAlgorithm.FriendlyName}\n");
        text.Append(CultureInfo.InvariantCulture, $"  sha256   {certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()}\n");
        foreach (var extension in certificate.Extensions)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {extension.Oid?.FriendlyName ?? extension.Oid?.Value}: {extension.Format(multiLine: false)}\n");
        }
    }

    private static void AppendLists(StringBuilder text, BridgeOptions options)
    {
        var errors = new List<OptionsError>();
        var cloudCa = PemFiles.Certificates("Identity:CloudCa", options.Identity.CloudCa, errors);
        var lists = DeviceListFiles.Load(options.Devices, cloudCa.Count == 0 ? null : GatewayCredentials.AnchorsOf(cloudCa, options.Identity.CloudCa, errors), errors);
        foreach (var list in lists.Revocations)
        {
            text.Append(CultureInfo.InvariantCulture, $"revocation list of {list.Issuer}: {list.Count} certificates, {list.ThisUpdate:u} to {list.NextUpdate:u}\n");
        }

        text.Append("Devices:Denied: ").Append(options.Devices.Denied ?? "none").Append("\nDevices:Allowed: ").Append(options.Devices.Allowed ?? "none").Append('\n');
        foreach (var error in errors)
        {
            text.Append(error).Append('\n');
        }
    }
}
