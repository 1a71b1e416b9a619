using CoapBridge.Coap;

namespace CoapBridge.Gateway;

/// <summary>
/// What may be sent to an address that a device has moved to and not yet proved to receive at: three times what came
/// from there (RFC 9146 §6, DESIGN D-8). The proof is the answer to a ping that was sent there.
/// </summary>
internal sealed class PathBudget(OutgoingRequest ping, long left)
{
    private const int Factor = 3;

    private OutgoingRequest _ping = ping;
    private long _left = left;

    /// <summary>No ping is under way: there was no room for it, or it was lost with all its retransmissions.</summary>
    public bool NeedsPing => _ping == default;

    /// <summary>Bytes that may still be sent.</summary>
    public long Left => _left;

    /// <summary>For a path from which so many bytes came.</summary>
    public static PathBudget For(OutgoingRequest ping, int received) => new(ping, (long)Factor * received);

    public bool Allows(int length) => length <= _left;

    public void AddReceived(int length) => _left += (long)Factor * length;

    public void AddSent(int length) => _left -= length;

    public void AwaitPing(OutgoingRequest request) => _ping = request;

    public bool Awaits(OutgoingRequest request) => _ping != default && request == _ping;
}
