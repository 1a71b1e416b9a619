using CoapBridge.Identity;

namespace CoapBridge.Fuzz;

/// <summary>
/// The judge of devices' certificates.
/// <code>
/// 0 certificate, each with its length before it (3)
/// </code>
/// </summary>
internal sealed class CertificateTarget : FuzzTarget
{
    private static readonly byte[][] Honest = [FixedParty.Device.Certificate, FixedParty.Gateway.Certificate, FixedParty.Ca];

    private readonly DeviceCertificatePolicy _policy = new(
        TrustAnchors.TryCreate([FixedParty.Ca], out var problems) ?? throw new InvalidOperationException(string.Join("; ", problems)),
        new DevicePolicySettings { OwnCertificates = [FixedParty.Gateway.Certificate] });

    public override string Name => "certificates";

    public override void Begin()
    {
    }

    public override byte[] Next(Mutator mutator)
    {
        var chain = new List<byte[]>();
        for (var count = mutator.Chance(80) ? 1 : mutator.Below(6); count > 0; count--)
        {
            chain.Add(mutator.Chance(80) ? mutator.Mutate(mutator.Pick(Honest), mutator.Pick(Honest)) : mutator.Pick(Honest));
        }

        return [0, .. chain.SelectMany(one => (byte[])[(byte)(one.Length >> 16), (byte)(one.Length >> 8), (byte)one.Length, .. one])];
    }

    public override void Apply(byte[] step)
    {
        var chain = new List<byte[]>();
        for (var rest = step.AsSpan(1); rest.Length >= 3;)
        {
            var length = Math.Min((rest[0] << 16) | (rest[1] << 8) | rest[2], rest.Length - 3);
            chain.Add(rest.Slice(3, length).ToArray());
            rest = rest[(3 + length)..];
        }

        var verdict = _policy.Evaluate(chain, FixedParty.Time);
        Require(!verdict.IsAccepted || chain[0].AsSpan().SequenceEqual(FixedParty.Device.Certificate), "a certificate that nobody signed is let in");
        Require((verdict.Detail + verdict.Subject + verdict.Issuer).All(letter => letter is >= ' ' and <= '~'), "a text that could forge a log line");
    }

    public override void End() =>
        Require(_policy.Evaluate([FixedParty.Device.Certificate], FixedParty.Time).IsAccepted, "an honest device is not let in any more");
}
