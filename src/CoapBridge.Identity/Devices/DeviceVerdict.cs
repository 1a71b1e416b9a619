using System.Diagnostics.CodeAnalysis;

namespace CoapBridge.Identity;

/// <summary>What became of a device's certificates: a <see cref="Device"/>, or a <see cref="Reason"/> against it.</summary>
public sealed class DeviceVerdict
{
    private DeviceVerdict(DeviceIdentity? device, RefusalReason? reason, string detail, string subject, string issuer)
    {
        Device = device;
        Reason = reason;
        Detail = detail;
        Subject = subject;
        Issuer = issuer;
    }

    [MemberNotNullWhen(true, nameof(Device))]
    [MemberNotNullWhen(false, nameof(Reason))]
    public bool IsAccepted => Device is not null;

    /// <summary>The device, when accepted.</summary>
    public DeviceIdentity? Device { get; }

    /// <summary>Why not, when refused.</summary>
    public RefusalReason? Reason { get; }

    /// <summary>A sentence for the log of a refusal; empty when accepted. ASCII, escaped, no secrets.</summary>
    public string Detail { get; }

    /// <summary>The leaf's subject for the log, escaped; empty when the leaf could not be parsed.</summary>
    public string Subject { get; }

    /// <summary>The leaf's issuer for the log, escaped; empty when the leaf could not be parsed.</summary>
    public string Issuer { get; }

    internal static DeviceVerdict Accept(DeviceIdentity device) => new(device, null, "", device.Subject, device.Issuer);

    internal static DeviceVerdict Refuse(Refusal refusal, Certificate? leaf) =>
        new(null, refusal.Reason, refusal.Detail, leaf?.Subject.ToString() ?? "", leaf?.Issuer.ToString() ?? "");
}
