using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>Something that an operator may want to read. What comes in masses is in <see cref="ShardCounters"/> instead.</summary>
public abstract record GatewayEvent
{
    private GatewayEvent()
    {
    }

    /// <summary>A device is connected.</summary>
    /// <param name="Path">Its address.</param>
    /// <param name="Device">Who it is.</param>
    /// <param name="ExtendedMasterSecret">Whether RFC 7627 was used.</param>
    /// <param name="IsResumed">An abbreviated handshake (RFC 5246 §7.3).</param>
    /// <param name="ConnectionId">Whether its records carry a Connection ID (RFC 9146).</param>
    /// <param name="Offered">What its hello offered.</param>
    /// <param name="Doubt">What is doubtful about its certificate, though it was accepted; mostly null.</param>
    /// <param name="Duration">From the hello with the good cookie to the client's Finished.</param>
    public sealed record Connected(
        NetworkPath Path, DeviceIdentity Device, bool ExtendedMasterSecret, bool IsResumed, bool ConnectionId, HelloSummary? Offered,
        string? Doubt, TimeSpan Duration) : GatewayEvent;

    /// <summary>A connection's secret, as a line of the NSS key log; only when the configuration asks for it.</summary>
    public sealed record SecretDerived(string KeyLogLine) : GatewayEvent;

    /// <summary>A handshake came to nothing.</summary>
    /// <param name="Path">The peer's address.</param>
    /// <param name="Reason">The word of PRODUCT.md's table, or another stable one.</param>
    /// <param name="Alert">The alert that was sent or received; null when there was none.</param>
    /// <param name="Peer">The verdict on its certificate, when that is the reason.</param>
    /// <param name="Offered">What its hello offered; null when it came to none.</param>
    /// <param name="Duration">How long it took.</param>
    public sealed record Refused(
        NetworkPath Path, string Reason, AlertDescription? Alert, PeerVerdict? Peer, HelloSummary? Offered, TimeSpan Duration) : GatewayEvent;

    /// <summary>A connected device is not welcome any more; its connection ends with its next request or soon.</summary>
    /// <param name="Path">Its address.</param>
    /// <param name="Device">Who it is.</param>
    /// <param name="Reason">The word that its handshake would be refused with.</param>
    /// <param name="Detail">A sentence that says why.</param>
    public sealed record Revoked(NetworkPath Path, DeviceIdentity Device, string Reason, string? Detail) : GatewayEvent;

    /// <summary>Everybody who was connected has been judged by new rules.</summary>
    /// <param name="Generation">The number of the new rules.</param>
    /// <param name="Count">How many were judged.</param>
    /// <param name="RefusedCount">How many of them are not welcome any more.</param>
    /// <param name="Duration">From the reload to the last verdict.</param>
    public sealed record Judged(int Generation, int Count, int RefusedCount, TimeSpan Duration) : GatewayEvent;

    /// <summary>A connection is over.</summary>
    public sealed record Disconnected(NetworkPath Path, DeviceIdentity Device, CloseReason Reason, AlertDescription? Alert) : GatewayEvent;

    /// <summary>A device's address changed, and its connection with it (RFC 9146 §6).</summary>
    public sealed record Moved(NetworkPath From, NetworkPath To, DeviceIdentity Device) : GatewayEvent;

    /// <summary>A device's new handshake took the place of its old connection.</summary>
    public sealed record Replaced(NetworkPath Path, DeviceIdentity Device) : GatewayEvent;

    /// <summary>A connection is closed because its device has too many, and this one has been silent for longest (DESIGN D-19).</summary>
    public sealed record Crowded(NetworkPath Path, DeviceIdentity Device) : GatewayEvent;

    /// <summary>The shard was full, and this connection, silent for longest, closes to make room for a newcomer.</summary>
    public sealed record Evicted(NetworkPath Path, DeviceIdentity Device, TimeSpan Silence) : GatewayEvent;

    /// <summary>The shard was full of connections that were all heard of a moment ago, so the newcomer closes.</summary>
    public sealed record NoRoom(NetworkPath Path, DeviceIdentity Device) : GatewayEvent;

    /// <summary>The access policy said no.</summary>
    /// <param name="Path">Where the device is.</param>
    /// <param name="Device">Who asked.</param>
    /// <param name="Diagnostic">What it was told.</param>
    public sealed record Denied(NetworkPath Path, DeviceIdentity Device, string Diagnostic) : GatewayEvent;

    /// <summary>A request was answered.</summary>
    /// <param name="Path">Where the device is.</param>
    /// <param name="Device">Who asked.</param>
    /// <param name="Code">The response code.</param>
    /// <param name="Diagnostic">The diagnostic payload of an error.</param>
    public sealed record Answered(NetworkPath Path, DeviceIdentity Device, CoapCode Code, string Diagnostic) : GatewayEvent;
}
