using System.Text;
using CoapBridge.Identity;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz;

/// <summary>
/// The reader of access policies, and what it decides.
/// <code>
/// 0 json
/// </code>
/// </summary>
internal sealed class PolicyTarget : FuzzTarget
{
    private static readonly byte[][] Corpus =
    [
        Encoding.UTF8.GetBytes("""
            { "Version": "1", "Statement": [
              { "Effect": "Allow", "Action": ["Publish", "Retain"], "Resource": ["devices/${device}/*"] },
              { "Effect": "Deny", "Action": ["Observe"], "Resource": ["devices/${device}/secret/*"] } ] }
            """),
        Encoding.UTF8.GetBytes("""{"Version":"1","Statement":[{"Effect":"Allow","Action":["Publish","Retain","Get","Observe"],"Resource":["*"]}]}"""),
        Encoding.UTF8.GetBytes("""
            {"Version":"1","Statement":[{"Sid":"a","Effect":"Deny","Action":"Publish","Resource":"secret/*","Condition":
            {"StringLike":{"device":"x*"},"IpAddress":{"SourceIp":"10.0.0.0/8"},"DateGreaterThan":{"CurrentTime":"22:00"},"StringEquals":{"cert:Subject.O":"nobody"}}}]}
            """),
        Encoding.UTF8.GetBytes("""{"Statement":[{"Effect":"Deny","Action":[],"Resource":[1,null,{"a":[[[[]]]]}]}],"Version":2,"x":"\ud800"}"""),
    ];

    private static readonly DeviceIdentity Device = new DeviceCertificatePolicy(TrustAnchors.TryCreate([FixedParty.Ca], out _)!, new DevicePolicySettings())
        .Evaluate([FixedParty.Device.Certificate], FixedParty.Time).Device!;

    public override string Name => "policy";

    public override void Begin()
    {
    }

    public override byte[] Next(Mutator mutator) => [0, .. mutator.Mutate(mutator.Pick(Corpus), mutator.Pick(Corpus))];

    public override void Apply(byte[] step)
    {
        if (AccessPolicy.TryParse(step.AsSpan(1), out var errors) is { } policy)
        {
            Require(errors.Count == 0, "a policy with errors is used");
            foreach (var topic in (string[])["devices/device-1/t/x", "$SYS/broker"])
            {
                var request = new PolicyRequest(Device, PolicyAction.Publish, topic) { Address = PeerAddress.FromIPv4(0x0A000001, 1), Time = FixedParty.Time };
                Require(policy.Decide(request).Explanation.Length > 0 && policy.Explain(request).Count > 0, "a decision without a reason");
            }
        }
        else
        {
            Require(errors.Count > 0, "refused without a reason");
        }
    }

    public override void End() => 
        Require(AccessPolicy.TryParse(Corpus[0], out var errors) is not null, $"an honest policy is refused: {string.Join("; ", errors)}");
}
