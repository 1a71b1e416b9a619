namespace CoapBridge.Identity;

// For people: every rule that a certificate keeps or breaks, where Evaluate stops at the first.
public sealed partial class DeviceCertificatePolicy
{
    /// <summary>
    /// Asks each rule, in the order of <see cref="Evaluate"/>, also after one was broken; the first that is broken is the verdict. A rule
    /// that cannot be asked, because there is no path or no name, is left out.
    /// </summary>
    public IReadOnlyList<RuleOutcome> Explain(IReadOnlyList<byte[]> chain, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(chain);
        var outcomes = new List<RuleOutcome>();
        if (!Tell("is a list of X.509 certificates in DER, within the limits", CertificatePath.Parse(chain, out var certificates)))
        {
            return outcomes;
        }

        var leaf = certificates[0];
        var refusal = CertificatePath.Build(certificates, _anchors, out var path);
        Tell("leads to a CA of Identity:CloudCa", refusal);
        Tell("is no CA", leaf.Extensions.IsCa ? new Refusal(RefusalReason.IsCa, "a CA is not a device") : null);
        Tell("holds a P-256 key", LeafRules.Check(leaf));
        Tell("has keyUsage digitalSignature", LeafRules.CheckKeyUsage(leaf.Extensions, _settings.KeyUsage));
        Tell("has extKeyUsage clientAuth, if any", LeafRules.CheckPurpose(leaf.Extensions, KeyPurposes.ClientAuth, _settings.ExtendedKeyUsage));
        TellPath(path, time);
        var hasName = Tell("names a device", CheckName(leaf, out var name));
        if (path is not null && Tell("is signed by its CA", path.VerifySignatures()) && _settings.RevocationLists.Count > 0)
        {
            Tell("is not revoked", _revocationLists.Check(path.Certificates, time, out _));
        }

        if (hasName)
        {
            Tell("is not the gateway or the broker", CheckReserved(leaf, name!));
            Tell("is not kept out by a list", CheckLists(leaf, name!));
        }

        return outcomes;

        void TellPath(CertificatePath? found, DateTimeOffset now)
        {
            if (found is not null)
            {
                Tell("has no critical extension that is not known, and its issuers may issue it", found.CheckIssuers(KeyPurposes.ClientAuth));
                Tell("is valid now, and so are its issuers", found.CheckValidity(now));
            }
        }

        bool Tell(string rule, Refusal? broken)
        {
            outcomes.Add(new RuleOutcome(rule, broken?.Reason, broken?.Detail ?? ""));
            return broken is null;
        }
    }
}
