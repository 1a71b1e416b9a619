using System.Diagnostics.CodeAnalysis;

namespace CoapBridge.Identity;

/// <summary>What became of a server's certificates: its key, or a reason against it.</summary>
public sealed class ServerVerdict
{
    internal ServerVerdict(byte[] publicKeyPoint)
    {
        PublicKeyPoint = publicKeyPoint;
        Detail = "";
    }

    internal ServerVerdict(Refusal refusal)
    {
        Reason = refusal.Reason;
        Detail = refusal.Detail;
    }

    [MemberNotNullWhen(true, nameof(PublicKeyPoint))]
    [MemberNotNullWhen(false, nameof(Reason))]
    public bool IsAccepted => PublicKeyPoint is not null;

    /// <summary>The server's P-256 key, when accepted: 65 octets, 0x04 first.</summary>
    public byte[]? PublicKeyPoint { get; }

    /// <summary>Why not, when refused.</summary>
    public RefusalReason? Reason { get; }

    /// <summary>A sentence for the log of a refusal; empty when accepted.</summary>
    public string Detail { get; }
}
