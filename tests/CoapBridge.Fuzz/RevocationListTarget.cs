using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;

namespace CoapBridge.Fuzz;

/// <summary>
/// The reader of revocation lists, and what they do to a device that the honest list revokes.
/// <code>
/// 0 list
/// </code>
/// </summary>
internal sealed class RevocationListTarget : FuzzTarget
{
    private static readonly TrustAnchors Anchors = TrustAnchors.TryCreate([FixedParty.Ca], out _)!;

    /// <summary>The device among others, with reasons; the device alone; nobody.</summary>
    private static readonly byte[][] Honest = [MakeList(40, device: true), MakeList(0, device: true), MakeList(0, device: false)];

    private int _read;

    public override string Name => "revocation";

    public override string Reached => $"; {_read:N0} lists read";

    public override void Begin()
    {
    }

    public override byte[] Next(Mutator mutator) => [0, .. mutator.Mutate(mutator.Pick(Honest), mutator.Pick(Honest))];

    public override void Apply(byte[] step)
    {
        var octets = step.AsMemory(1);
        if (RevocationList.TryParse(octets, out var fault) is not { } list)
        {
            Require(fault.Length > 0, "refused without a reason");
            return;
        }

        _read++;
        Require(list.Count <= octets.Length / 18, "more entries than there is room for");
        Require(list.Issuer.All(letter => letter is >= ' ' and <= '~'), "a text that could forge a log line");
        // The only honest list that lets it in has no entry.
        Require(Judge(list) is not null || list.Count == 0, "a list that nobody signed lets the revoked device in");
    }

    public override void End()
    {
        Require(Judge(RevocationList.TryParse(Honest[0], out _)!) == RefusalReason.Revoked, "the revoked device is let in");
        Require(Judge(RevocationList.TryParse(Honest[2], out _)!) is null, "an honest list keeps a device out");
    }

    private static RefusalReason? Judge(RevocationList list) =>
        new DeviceCertificatePolicy(Anchors, new DevicePolicySettings { RevocationLists = [list] })
            .Evaluate([FixedParty.Device.Certificate], FixedParty.Time).Reason;

    private static byte[] MakeList(int others, bool device)
    {
        using var ca = X509CertificateLoader.LoadCertificate(FixedParty.Ca);
        using var certificate = X509CertificateLoader.LoadCertificate(FixedParty.Device.Certificate);
        using var key = FixedParty.OpenCaKey();
        var builder = new CertificateRevocationListBuilder();
        for (var i = 1; i <= others; i++)
        {
            builder.AddEntry([.. Enumerable.Repeat((byte)i, 1 + (i % 20))], FixedParty.Time, i % 3 == 0 ? X509RevocationReason.CertificateHold : null);
        }

        if (device)
        {
            builder.AddEntry(certificate.SerialNumberBytes.Span, FixedParty.Time);
        }

        return builder.Build(
            ca.SubjectName, X509SignatureGenerator.CreateForECDsa(key), 7, FixedParty.Time.AddDays(1), HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(ca, includeKeyIdentifier: true, includeIssuerAndSerial: false), FixedParty.Time.AddHours(-1));
    }
}
