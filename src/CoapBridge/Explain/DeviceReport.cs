using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Options;
using CoapBridge.Telemetry;

namespace CoapBridge.Explain;

/// <summary>Whether a device with these certificates would be let in, rule by rule, and what it might do then.</summary>
internal sealed class DeviceReport(BridgeOptions options, DeviceCertificatePolicy rules, AccessPolicy policy)
{
    /// <param name="name">What the certificates came from.</param>
    /// <param name="chain">DER, leaf first.</param>
    /// <param name="now">The time of day.</param>
    /// <param name="isLetIn">The verdict.</param>
    public string Write(string name, IReadOnlyList<byte[]> chain, DateTimeOffset now, out bool isLetIn)
    {
        var text = new StringBuilder().Append(name).Append('\n');
        AppendSummary(text, chain);
        foreach (var outcome in rules.Explain(chain, now))
        {
            text.Append(outcome.Reason is null ? "  ✓ " : "  ✗ ").Append(outcome.Rule);
            text.Append(outcome.Reason is null ? "" : $": {outcome.Detail}").Append('\n');
        }

        var verdict = rules.Evaluate(chain, now);
        isLetIn = verdict.IsAccepted;
        text.Append('\n');
        if (verdict.Device is { } device)
        {
            text.Append("It would be let in as ").Append(device.Name).Append(".\n");
            AppendRights(text, device, now);
        }
        else
        {
            var reason = verdict.Reason!.Value;
            var alert = (AlertDescription)reason.ToAlert();
            text.Append("It would be refused: ").Append(reason.ToWord()).Append("; the device would see alert ")
                .Append((int)alert).Append(' ').Append(SnakeCase.Of(alert.ToString())).Append(".\n  → ").Append(RefusalAdvice.For(reason)).Append('\n');
        }

        return text.ToString();
    }

    private static void AppendSummary(StringBuilder text, IReadOnlyList<byte[]> chain)
    {
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(chain[0]);
            text.Append("  subject  ").Append(Printable(leaf.Subject)).Append('\n')
                .Append("  issuer   ").Append(Printable(leaf.Issuer)).Append('\n')
                .Append("  valid    ").Append($"{leaf.NotBefore.ToUniversalTime():u} to {leaf.NotAfter.ToUniversalTime():u}").Append('\n')
                .Append("  serial   ").Append(leaf.SerialNumber.ToLowerInvariant()).Append('\n')
                .Append("  sha256   ").Append(Convert.ToHexStringLower(SHA256.HashData(chain[0]))).Append('\n')
                .Append(chain.Count == 1 ? "" : $"  with     {chain.Count - 1} more\n").Append('\n');
        }
        catch (CryptographicException)
        {
            text.Append('\n');
        }
    }

    private void AppendRights(StringBuilder text, DeviceIdentity device, DateTimeOffset now)
    {
        var topic = $"{options.Topics.Prefix}/{device.Name}/t";
        foreach (var action in Enum.GetValues<PolicyAction>())
        {
            var decision = policy.Decide(new PolicyRequest(device, action, topic) { Time = now });
            text.Append(decision.IsAllowed ? "  ✓ " : "  ✗ ").Append(decision.Explanation).Append('\n');
        }

        text.Append("  coapbridge policy test asks about other topics.\n");
    }

    private static string Printable(string text) => new([.. text.Select(one => char.IsControl(one) ? '?' : one)]);
}
