using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Network;

/// <summary>
/// Decides whether the certificate that a server showed is the broker's: a path to the configured anchors, serverAuth,
/// and the configured name as a subject alternative name (RFC 9525).
/// </summary>
internal static class BrokerCertificate
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";

    /// <summary>The rules for SslStream's own path building: these anchors only, and nothing is fetched.</summary>
    public static X509ChainPolicy PolicyFor(X509Certificate2Collection anchors)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            DisableCertificateDownloads = true, // the server's certificate names the URLs: it must not choose what we fetch
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(anchors);
        policy.ApplicationPolicy.Add(new Oid(ServerAuth));
        return policy;
    }

    /// <summary>
    /// The host in the form in which certificates hold it: IDN labels as A-labels (RFC 9525 §6.3), no dot at the end. In small letters
    /// before: Punycode keeps the case of what is not ASCII, and no U-label has capitals (RFC 5891 §4.2.1).
    /// </summary>
    public static string ReferenceName(string host) =>
        IPAddress.TryParse(host, out _) ? host : new IdnMapping().GetAscii(host.TrimEnd('.').ToLowerInvariant());

    /// <summary>Null when the certificate is the broker's, else what is wrong with it and which keys of the configuration's section may help.</summary>
    public static BrokerFault? Check(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, string host, string section,
        bool allowWildcard = false)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return Fault("the broker showed no certificate", "check that Port is the broker's TLS port");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            return ChainFault(certificate, section, chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? default);
        }

        // RFC 9525 §6.3, §6.4: names by SAN only, never the common name; a wildcard only if it is allowed, as the whole first label,
        // for one label; an IP address matches iPAddress only.
        if (!certificate.MatchesHostname(host, allowWildcard, allowCommonName: false) || errors != SslPolicyErrors.None)
        {
            return Fault(
                $"the broker's certificate is not for {host}: it names {NamesOf(certificate)}",
                errors == SslPolicyErrors.None && certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false)
                    ? $"if this cloud's certificates are for all names of its domain, set {section}:AllowWildcard to true"
                    : $"set {section}:Host to one of these names, or issue the broker a certificate with this subject alternative name");
        }

        return RoleFault(certificate);
    }

    private static BrokerFault? RoleFault(X509Certificate2 certificate)
    {
        // Devices share the CA: a certificate that may be anything is not a server's (D-4).
        var purposes = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault()?.EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value);
        if (purposes is null || !purposes.Contains(ServerAuth))
        {
            return Fault("the broker's certificate lacks the extended key usage serverAuth", "issue the broker a certificate with serverAuth");
        }

        return certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature)
            ? Fault("the broker's certificate has a key usage without digitalSignature", "issue the broker a certificate with digitalSignature")
            : null;
    }

    private static BrokerFault ChainFault(X509Certificate2 certificate, string section, X509ChainStatusFlags status)
    {
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return Fault(
                $"the broker's certificate is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u} only, or its CA's is not valid now",
                "check this host's clock, else renew the certificate");
        }

        if (status.HasFlag(X509ChainStatusFlags.NotValidForUsage))
        {
            return Fault("the broker's certificate lacks the extended key usage serverAuth", "issue the broker a certificate with serverAuth");
        }

        return (status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0
            ? Fault(
                $"the broker's certificate, issued by {certificate.Issuer}, does not lead to a CA that is trusted here",
                $"put the broker's root CA into {section}:ServerCa, and let the broker send its intermediates")
            : Fault($"the broker's certificate chain is refused ({status})", "issue the broker a certificate without this fault");
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(san => san.EnumerateDnsNames().Concat(san.EnumerateIPAddresses().Select(address => address.ToString()))).Take(8);
        var text = string.Join(", ", names);
        return text.Length == 0 ? "nothing (a common name does not count)" : text;
    }

    private static BrokerFault Fault(string problem, string remedy) => new(BrokerFaultReason.BrokerRefused, problem, remedy);
}
