namespace CoapBridge.Tools.Pki;

/// <summary>What a certificate is for: its extKeyUsage.</summary>
public enum LeafRole
{
    /// <summary>clientAuth.</summary>
    Device,

    /// <summary>serverAuth for the devices, clientAuth for the broker.</summary>
    Gateway,

    /// <summary>serverAuth.</summary>
    Broker,
}
