using System.Diagnostics.CodeAnalysis;

namespace CoapBridge.Identity;

/// <summary>What became of a device's certificates: a <see cref="Device"/>, or a <see cref="Reason"/> against it.</summary>
public sealed class DeviceVerdict
{
    private DeviceVerdict(DeviceIdentity? device, RefusalReason? reason, string detail, Certificate? leaf)
    {
        Device = device;
        Reason = reason;
        Detail = detail;
        Subject = leaf?.Subject.ToString() ?? "";
        Issuer = leaf?.Issuer.ToString() ?? "";
        LeafPublicKeyPoint = leaf?.PublicKey is { Kind: PublicKeyKind.P256, IsUncompressedPoint: true } key ? key.Key.ToArray() : null;
    }

    [MemberNotNullWhen(true, nameof(Device))]
    [MemberNotNullWhen(false, nameof(Reason))]
    public bool IsAccepted => Device is not null;

    /// <summary>The device, when accepted.</summary>
    public DeviceIdentity? Device { get; }

    /// <summary>Why not, when refused.</summary>
    public RefusalReason? Reason { get; }

    /// <summary>
    /// A sentence for the log: why a device was refused, or what is doubtful about one that was accepted, mostly nothing. ASCII,
    /// escaped, no secrets.
    /// </summary>
    public string Detail { get; }

    /// <summary>The leaf's subject for the log, escaped; empty when the leaf could not be parsed.</summary>
    public string Subject { get; }

    /// <summary>The leaf's issuer for the log, escaped; empty when the leaf could not be parsed.</summary>
    public string Issuer { get; }

    /// <summary>
    /// The leaf's P-256 point (65 octets, not checked to be on the curve), also with a refusal: a refusal is told only to
    /// a peer that proves to hold the key. Null when the leaf has no such key.
    /// </summary>
    public byte[]? LeafPublicKeyPoint { get; }

    internal static DeviceVerdict Accept(DeviceIdentity device, Certificate leaf, string warning) => new(device, null, warning, leaf);

    internal static DeviceVerdict Refuse(Refusal refusal, Certificate? leaf) => new(null, refusal.Reason, refusal.Detail, leaf);
}
