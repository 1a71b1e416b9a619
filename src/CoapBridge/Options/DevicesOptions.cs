using CoapBridge.Identity;

namespace CoapBridge.Options;

/// <summary>Section <c>Devices</c>: which certificates are devices, and what they may do.</summary>
/// <param name="KeyUsage">Key usage with digitalSignature in a device's leaf (D-1).</param>
/// <param name="ExtendedKeyUsage">Extended key usage with clientAuth in a device's leaf (D-2).</param>
/// <param name="Name">Where in the certificate the device's name stands (D-15).</param>
/// <param name="Policy">Access policy file, or null for the shipped policy.</param>
/// <param name="MaxConnectionsPerDevice">Connections of one identity that may live at a time (D-19).</param>
internal sealed record DevicesOptions(ExtensionDemand KeyUsage, ExtensionDemand ExtendedKeyUsage, DeviceNameSource Name, string? Policy, int MaxConnectionsPerDevice);
