using CoapBridge.Network.Linux;
using CoapBridge.Options;

namespace CoapBridge.Network;

/// <summary>
/// The CAs that the system trusts. Devices, the broker and the cloud are judged by the CAs that the configuration names, and by
/// nobody else; but before it builds its first chain, by whichever CAs, the platform reads the system's, some 150 files, and keeps them.
/// </summary>
internal static class SystemTrust
{
    private const string Nowhere = "/nonexistent";

    /// <summary>Spares that, unless a collector is asked over https, which is what needs them. Before the first chain.</summary>
    public static void Spare(BridgeOptions options)
    {
        if (OperatingSystem.IsLinux() && options.Otlp.Endpoint?.Scheme != Uri.UriSchemeHttps)
        {
            // Where OpenSSL looks; the platform asks it, so its own copy of the environment does not count.
            _ = LibC.SetEnv("SSL_CERT_DIR", Nowhere, 1);
            _ = LibC.SetEnv("SSL_CERT_FILE", Nowhere, 1);
        }
    }
}
