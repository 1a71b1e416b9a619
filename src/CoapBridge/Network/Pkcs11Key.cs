using System.Security.Cryptography;
using CoapBridge.Network.Linux;
using CoapBridge.Options;

namespace CoapBridge.Network;

/// <summary>
/// A private key that stays in an HSM or a TPM: named by a <c>pkcs11:</c> URI (RFC 7512), opened by OpenSSL's pkcs11 engine, which
/// .NET's TLS and our own handshake then sign with.
/// </summary>
internal static class Pkcs11Key
{
    private const string Engine = "pkcs11";

    public static bool IsUri(string text) => text.StartsWith("pkcs11:", StringComparison.OrdinalIgnoreCase);

    /// <summary>The key, or null with the reason in <paramref name="errors"/>.</summary>
    public static ECDsa? Open(string key, string uri, ICollection<OptionsError> errors)
    {
        if (!OperatingSystem.IsLinux())
        {
            errors.Add(new OptionsError(key, "can be a pkcs11: URI on Linux only; a PEM file is needed here", uri));
            return null;
        }

        try
        {
            using var silence = new SilentStandardError();
            using var handle = SafeEvpPKeyHandle.OpenPrivateKeyFromEngine(Engine, uri);
            return new ECDsaOpenSsl(handle);
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException)
        {
            errors.Add(new OptionsError(
                key, $"cannot be opened ({exception.Message}); the package libengine-pkcs11-openssl and the token's PKCS#11 library are needed, the token must be "
                + "readable by this user, and the URI must name it, the object and the PIN, like pkcs11:token=t;object=gateway;type=private;pin-source=file:/etc/coapbridge/pin", uri));
            return null;
        }
    }
}
