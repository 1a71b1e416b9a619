using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;

namespace CoapBridge.Check;

/// <summary>Looks at whom the gateway trusts to name devices: the CAs, and the lists of whom they do not name any more.</summary>
internal static class AnchorChecks
{
    /// <summary>The CAs that this system trusts for the public web.</summary>
    public static IReadOnlyList<X509Certificate2> PublicRoots()
    {
        try
        {
            using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
            return [.. store.Certificates];
        }
        catch (CryptographicException)
        {
            return []; // no store here, so no list to compare with
        }
    }

    public static IEnumerable<Finding> Examine(IEnumerable<byte[]> anchors, IReadOnlyList<X509Certificate2> publicRoots, DateTimeOffset now)
    {
        foreach (var der in anchors)
        {
            using var anchor = X509CertificateLoader.LoadCertificate(der);
            yield return Examine(anchor, publicRoots, now);
        }
    }

    public static IEnumerable<Finding> Examine(IEnumerable<RevocationList> lists, StaleListUse use, DateTimeOffset now) =>
        lists.Select(list => Examine(list, use, now));

    private static Finding Examine(X509Certificate2 anchor, IReadOnlyList<X509Certificate2> publicRoots, DateTimeOffset now)
    {
        var key = anchor.PublicKey.ExportSubjectPublicKeyInfo();
        if (publicRoots.Any(root => root.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key)))
        {
            return new Finding(
                FindingLevel.Problem, $"{anchor.Subject} is a public root: everybody who buys a certificate under it would be a device",
                "leave only the fleet's own CA in Identity:CloudCa; a CA of the broker's alone belongs into Upstream:Mqtt:ServerCa");
        }

        var end = new DateTimeOffset(anchor.NotAfter);
        return end < now ? new Finding(
                FindingLevel.Warning, $"{anchor.Subject} expired at {end.UtcDateTime:u}; devices under it are still let in, but their own software may object",
                "roll the CA over: put the new one beside it in Identity:CloudCa, and take this one out when no device has it any more")
            : end < now.AddDays(90) ? new Finding(
                FindingLevel.Warning, $"{anchor.Subject} expires at {end.UtcDateTime:u}, in less than 90 days",
                "put its successor beside it in Identity:CloudCa")
            : new Finding(FindingLevel.Good, $"{anchor.Subject}, valid until {end.UtcDateTime:u}");
    }

    private static Finding Examine(RevocationList list, StaleListUse use, DateTimeOffset now)
    {
        var text = $"the revocation list of {list.Issuer} ({list.Count} certificates), valid until {list.NextUpdate:u}";
        return now >= list.ThisUpdate && now <= list.NextUpdate ? new Finding(FindingLevel.Good, text)
            : new Finding(
                use == StaleListUse.Refuse ? FindingLevel.Problem : FindingLevel.Warning,
                $"{text}, is not valid now: {(use == StaleListUse.Refuse ? "devices of this CA are refused" : "devices are let in all the same")}",
                "fetch the CA's newest list to Devices:RevocationLists, and have a timer do that from now on");
    }
}
