namespace CoapBridge.Identity;

/// <summary>Must an extension be there, or is it only obeyed when it is? Never ignored (DESIGN D-1, D-2).</summary>
public enum ExtensionDemand
{
    Required,
    IfPresent,
}

/// <summary>The settings of section <c>Devices</c> that decide about a certificate. Compared by nobody, changed by nobody.</summary>
public sealed record DevicePolicySettings
{
    /// <summary>KeyUsage with digitalSignature (DESIGN D-1).</summary>
    public ExtensionDemand KeyUsage { get; init; } = ExtensionDemand.Required;

    /// <summary>ExtendedKeyUsage with clientAuth (DESIGN D-2).</summary>
    public ExtensionDemand ExtendedKeyUsage { get; init; } = ExtensionDemand.IfPresent;

    /// <summary>Where the device's name stands (DESIGN D-15).</summary>
    public DeviceNameSource Name { get; init; }

    /// <summary>Names that are never a device: broker hosts, the gateway's id (DESIGN D-4). Letter case does not matter.</summary>
    public IReadOnlyCollection<string> ReservedNames { get; init; } = [];

    /// <summary>The gateway's own certificates in DER: neither their keys nor their names are ever a device (DESIGN D-4).</summary>
    public IReadOnlyList<byte[]> OwnCertificates { get; init; } = [];

    /// <summary>The revocation lists of the configuration; none: nobody is asked for one. See <see cref="RevocationList.ProblemWith"/>.</summary>
    public IReadOnlyList<RevocationList> RevocationLists { get; init; } = [];

    /// <summary>What a missing or expired revocation list does, once there is any.</summary>
    public StaleListUse StaleRevocationList { get; init; }

    /// <summary>Devices that are kept out.</summary>
    public DeviceList? Denied { get; init; }

    /// <summary>If there: only these are let in. Who is denied, too, is kept out.</summary>
    public DeviceList? Allowed { get; init; }
}
