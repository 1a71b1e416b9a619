using System.Security.Cryptography.X509Certificates;
using CoapBridge.Network;
using CoapBridge.Reload;

namespace CoapBridge.Status;

/// <summary>The certificates and revocation lists that are in force, with the days that they have left.</summary>
internal static class TrustedCertificates
{
    /// <summary>Of the broker's CAs, the ones that end first: a file of public roots has a hundred and more.</summary>
    private const int MaximumBrokerCas = 5;

    /// <summary>A fleet has few CAs.</summary>
    private const int MaximumDeviceCas = 20;

    public static IReadOnlyList<CertificateReport> Of(GatewayCredentials credentials, DateTimeOffset time)
    {
        var isShared = credentials.CloudCaDer.Count == credentials.BrokerCa.Count
            && credentials.CloudCaDer.Zip(credentials.BrokerCa).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second.RawData));
        return
        [
            Report("gateway", credentials.Chain[0], time),
            .. credentials.Chain.Skip(1).Select(issuer => Report("gateway issuer", issuer, time)),
            .. credentials.CloudCaDer.Select(der => Report(isShared ? "device and broker CA" : "device CA", der, time))
                .OrderBy(ca => ca.End).Take(MaximumDeviceCas),
            .. isShared ? [] : credentials.BrokerCa.Select(ca => Report("broker CA", ca, time)).OrderBy(ca => ca.End).Take(MaximumBrokerCas),
        ];
    }

    public static IReadOnlyList<RevocationListReport> Of(LoadedFiles files, DateTimeOffset time) =>
    [
        .. files.Lists.Revocations.Select(list => new RevocationListReport(
            list.Issuer, list.Count, list.ThisUpdate, list.NextUpdate, DaysLeft(list.NextUpdate, time), list.ThisUpdate <= time && time <= list.NextUpdate)),
    ];

    public static DateTimeOffset FirstEndOfDeviceCas(GatewayCredentials credentials) => credentials.CloudCaDer.Min(der => Report("device CA", der, default).End);

    public static int DaysLeft(DateTimeOffset end, DateTimeOffset time) => (int)Math.Floor((end - time).TotalDays);

    private static CertificateReport Report(string use, byte[] der, DateTimeOffset time)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return Report(use, certificate, time);
    }

    private static CertificateReport Report(string use, X509Certificate2 certificate, DateTimeOffset time)
    {
        var end = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        return new CertificateReport(use, certificate.Subject, certificate.Issuer, end, DaysLeft(end, time));
    }
}
