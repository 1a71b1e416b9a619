namespace CoapBridge.Identity;

/// <summary>Key <c>Devices:Name</c>: the one field of the certificate that names the device (DESIGN D-15); all others are ignored.</summary>
public enum DeviceNameSource
{
    /// <summary>The only CN of the subject.</summary>
    CommonName,

    /// <summary>The only dNSName of subjectAltName.</summary>
    SanDns,

    /// <summary>The only uniformResourceIdentifier of subjectAltName, as it stands: <c>urn:dev:mac:0024befffe804ff1</c>.</summary>
    SanUri,
}
