using System.Security.Cryptography;
using System.Text;
using CoapBridge.Identity;

namespace CoapBridge.Fuzz;

/// <summary>
/// The reader of deny and allow lists, and what they do to a device.
/// <code>
/// 0 text in UTF-8
/// </code>
/// </summary>
internal sealed class DeviceListTarget : FuzzTarget
{
    private static readonly TrustAnchors Anchors = TrustAnchors.TryCreate([FixedParty.Ca], out _)!;

    private static readonly byte[][] Honest =
    [
        Encoding.UTF8.GetBytes($"# kept out\r\nname:device-1\nserial:0A:1B:2C\nsha256:{Convert.ToHexString(SHA256.HashData(FixedParty.Device.Certificate))} # stolen\n"),
        Encoding.UTF8.GetBytes("\uFEFFname: device-2\n\n  serial: 0x00ff  \n"),
    ];

    public override string Name => "device-lists";

    public override void Begin()
    {
    }

    public override byte[] Next(Mutator mutator) => [0, .. mutator.Mutate(mutator.Pick(Honest), mutator.Pick(Honest))];

    public override void Apply(byte[] step)
    {
        var text = Encoding.UTF8.GetString(step.AsSpan(1));
        if (!DeviceList.TryParse(text, out var list, out var errors))
        {
            Require(errors.Count > 0 && errors.All(error => error.Line > 0 && !error.Text.Any(char.IsControl)), "refused without a line and a reason");
            return;
        }

        Require(list.Count <= text.Length / 6, "more entries than there is room for");
        var denied = Judge(new DevicePolicySettings { Denied = list });
        var allowed = Judge(new DevicePolicySettings { Allowed = list });
        Require((denied, allowed) is (RefusalReason.Denied, null) or (null, RefusalReason.NotAllowed), "the same list says two things of one device");
    }

    public override void End()
    {
        DeviceList.TryParse(Encoding.UTF8.GetString(Honest[0]), out var list, out _);
        Require(list?.Count == 3 && Judge(new DevicePolicySettings { Denied = list }) == RefusalReason.Denied, "a denied device is let in");
    }

    private static RefusalReason? Judge(DevicePolicySettings settings) =>
        new DeviceCertificatePolicy(Anchors, settings).Evaluate([FixedParty.Device.Certificate], FixedParty.Time).Reason;
}
