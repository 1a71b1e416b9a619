using CoapBridge.Gateway;
using CoapBridge.Identity;

namespace CoapBridge.Options;

/// <summary>Section <c>Devices</c>: which certificates are devices, and what they may do.</summary>
internal sealed record DevicesOptions
{
    /// <summary>Key usage with digitalSignature in a device's leaf (D-1).</summary>
    public required ExtensionDemand KeyUsage { get; init; }

    /// <summary>Extended key usage with clientAuth in a device's leaf (D-2).</summary>
    public required ExtensionDemand ExtendedKeyUsage { get; init; }

    /// <summary>Where in the certificate the device's name stands (D-15).</summary>
    public required DeviceNameSource Name { get; init; }

    /// <summary>Files with CRLs, DER or PEM.</summary>
    public required IReadOnlyList<string> RevocationLists { get; init; }

    public required StaleListUse StaleRevocationList { get; init; }

    /// <summary>File with devices that are kept out, or null.</summary>
    public required string? Denied { get; init; }

    /// <summary>File with the only devices that are let in, or null.</summary>
    public required string? Allowed { get; init; }

    /// <summary>Access policy file, or null for the shipped policy.</summary>
    public required string? Policy { get; init; }

    /// <summary>Connections of one identity that may live at a time (D-19).</summary>
    public required int MaxConnectionsPerDevice { get; init; }

    public required RequestLimits Limits { get; init; }
}
