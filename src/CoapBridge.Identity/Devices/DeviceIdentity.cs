namespace CoapBridge.Identity;

/// <summary>Who a device is, as its certificate says. Made only by <see cref="DeviceCertificatePolicy"/>.</summary>
public sealed class DeviceIdentity
{
    internal DeviceIdentity()
    {
    }

    /// <summary>The device's name: 1 to 64 of <c>A-Z a-z 0-9 . _ : -</c>, not starting with a dot. Case matters.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the whole certificate, 64 lower-case hex digits.</summary>
    public required string CertificateSha256 { get; init; }

    /// <summary>The P-256 public key, uncompressed: 65 octets, 0x04 first; on the curve.</summary>
    public required byte[] PublicKeyPoint { get; init; }

    /// <summary>The certificate's serial number, lower-case hex.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>The end of the validity of the path: the earliest notAfter of the leaf and its intermediates.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>The leaf and the intermediates of the path that was accepted, in DER: enough to ask again later.</summary>
    public required IReadOnlyList<byte[]> Chain { get; init; }

    /// <summary>The subject as a text for logs: ASCII, escaped, at most 256 characters.</summary>
    public required string Subject { get; init; }

    /// <summary>The issuer, like <see cref="Subject"/>.</summary>
    public required string Issuer { get; init; }
}
