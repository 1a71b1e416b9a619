using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// A connected device is not welcome any more: its next request is answered with 4.03 and ends the connection; without one
/// it ends at the deadline (PRODUCT.md, "Operating it").
/// </summary>
internal sealed class Refusal(string reason, Instant deadline)
{
    /// <summary>How long a device has to ask for something, so that it hears why.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>The word that a handshake would be refused with.</summary>
    public string Reason => reason;

    public Instant Deadline => deadline;

    /// <summary>The device has its 4.03.</summary>
    public bool IsTold { get; set; }
}
