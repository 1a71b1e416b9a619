using CoapBridge.Benchmarks.Support;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>What it costs to judge a device: its certificates, with and without lists, and one decision of the access policy.</summary>
internal static class AdmissionBenchmark
{
    private const int Rounds = 500;
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private static readonly CertificateAuthority Ca = CertificateAuthority.CreateRoot("CA", Now, CertificateAuthority.CaOptions());
    private static readonly CertificateAuthority Middle = Ca.CreateIntermediate("Middle");

    public static void Run()
    {
        Report.Begin("admission of a device");
        byte[][][] fleet = [.. Enumerable.Range(0, Rounds * (Report.Runs + 1)).Select(i => new[] { Ca.Issue(new() { CommonName = $"device-{i}" }).Der })];
        OfFleet("one CA", fleet, new(), 200, 10);
        OfFleet("one CA, 100,000 revoked and 10,000 denied", fleet, Lists(), 200, 10);
        byte[][][] below = [.. Enumerable.Range(0, Rounds * (Report.Runs + 1)).Select(i => new[] { Middle.Issue(new() { CommonName = $"device-{i}" }).Der, Middle.Certificate.Der })];
        OfFleet("an intermediate", below, new(), null, null);
        Report.Median("read a revocation list of 100,000", "ms", () =>
        {
            var list = BigList;
            return RecordBenchmark.Time(1, _ => RevocationList.TryParse(list, out var _)) / 1000;
        });
        OfPolicy();
    }

    private static void OfFleet(string name, byte[][][] fleet, DevicePolicySettings settings, double? newTarget, double? seenTarget)
    {
        var anchors = TrustAnchors.TryCreate([Ca.Certificate.Der], out _)!;
        var policy = new DeviceCertificatePolicy(anchors, settings);
        WarmUp(anchors, fleet);
        var next = 0;
        Report.Median($"{name}: a new leaf", "µs", () => RecordBenchmark.Time(Rounds, _ => Judge(policy, fleet[next++])), newTarget);
        Report.Median($"{name}: a leaf seen before", "µs", () => RecordBenchmark.Time(Rounds, i => Judge(policy, fleet[i])), seenTarget);
    }

    /// <summary>A gateway does this all day: what counts is the code as it is then.</summary>
    private static void WarmUp(TrustAnchors anchors, byte[][][] fleet)
    {
        for (var round = 0; round < 12; round++)
        {
            var policy = new DeviceCertificatePolicy(anchors, new());
            for (var i = 0; i < 2 * Rounds; i++)
            {
                Judge(policy, fleet[i % Rounds]);
            }

            Thread.Sleep(200);
        }
    }

    private static void Judge(DeviceCertificatePolicy policy, byte[][] chain)
    {
        if (!policy.Evaluate(chain, Now).IsAccepted)
        {
            throw new InvalidOperationException("A good device was refused.");
        }
    }

    private static byte[] BigList { get; } = Ca.IssueRevocationList(
        Enumerable.Range(0, 100_000).Select(i => (byte[])[0x40, .. new byte[11], .. BitConverter.GetBytes(i)]), Now.AddHours(-1), Now.AddDays(1));

    private static DevicePolicySettings Lists()
    {
        DeviceList.TryParse(string.Join('\n', Enumerable.Range(0, 10_000).Select(i => $"sha256:{i:x64}\nserial:{i + 1:x}")), out var denied, out _);
        return new() { RevocationLists = [RevocationList.TryParse(BigList, out _)!], Denied = denied };
    }

    private static void OfPolicy()
    {
        var device = new DeviceCertificatePolicy(TrustAnchors.TryCreate([Ca.Certificate.Der], out _)!, new())
            .Evaluate([Ca.Issue(new() { CommonName = "device-1" }).Der], Now).Device!;
        var shipped = AccessPolicy.TryParse("""
            { "Version": "1", "Statement": [ { "Effect": "Allow", "Action": "Publish", "Resource": "devices/${device}/*" } ] }
            """u8, out _)!;
        var certificate = AccessPolicy.TryParse("""
            { "Version": "1", "Statement": [ { "Effect": "Allow", "Action": "Publish", "Resource": "devices/${device}/*",
              "Condition": { "StringEquals": { "cert:Issuer.CN": "CA" } } } ] }
            """u8, out _)!;
        foreach (var (name, policy) in new[] { ("the shipped policy", shipped), ("a policy that asks for the issuer", certificate) })
        {
            Report.Median($"{name}: a decision", "µs", () => RecordBenchmark.Time(100 * Rounds, _ =>
                policy.Decide(new(device, PolicyAction.Publish, "devices/device-1/t/temperature"))));
        }
    }
}
