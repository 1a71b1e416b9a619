using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>How one connection does, for an operator.</summary>
/// <param name="Device">The device's name.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Since">When its handshake was done, or this run took it up.</param>
/// <param name="LastHeard">When its last authentic record came.</param>
/// <param name="Messages">CoAP messages that came from it in this run.</param>
/// <param name="CertificateEnd">When its certificate, or one above it, expires.</param>
/// <param name="IsRefused">It is not welcome any more, and about to be closed.</param>
public sealed record ConnectionReport(
    string Device, PeerAddress Address, Instant Since, Instant LastHeard, long Messages, DateTimeOffset CertificateEnd, bool IsRefused);
