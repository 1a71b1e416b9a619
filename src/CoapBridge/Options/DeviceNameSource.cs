namespace CoapBridge.Options;

/// <summary>Key <c>Devices:Name</c>: the field of the certificate that names the device (D-15).</summary>
internal enum DeviceNameSource
{
    CommonName,
    SanDns,
    SanUri,
}
