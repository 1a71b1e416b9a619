namespace CoapBridge.Status;

/// <summary>A live connection.</summary>
/// <param name="Device">The device's name.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Since">When its handshake was done, or this run took it up from the one before.</param>
/// <param name="LastHeard">When it was heard of last.</param>
/// <param name="Messages">CoAP messages that came from it in this run.</param>
/// <param name="CertificateEnd">When its certificate, or one above it, expires.</param>
/// <param name="CertificateDaysLeft">Whole days until then.</param>
/// <param name="Refused">It is not accepted any more, and about to be closed.</param>
internal sealed record DeviceRow(
    string Device, string Address, DateTimeOffset Since, DateTimeOffset LastHeard, long Messages, DateTimeOffset CertificateEnd, int CertificateDaysLeft,
    bool Refused);
