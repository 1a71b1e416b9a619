using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Tests.Dtls.Crypto;

/// <summary>Both libraries for secp256r1; a test that asks for one which is not here is skipped.</summary>
internal static class P256Libraries
{
    private static readonly PlatformP256 Platform = new();
    private static readonly LibcryptoP256? Libcrypto = LibcryptoP256.TryLoad();

    public static TheoryData<string> Names => ["platform", "libcrypto"];

    public static P256 Of(string name)
    {
        P256? library = name == "platform" ? Platform : Libcrypto;
        Assert.SkipWhen(library is null, $"{name} cannot be loaded here");
        return library;
    }

    public static P256 Other(string name) => Of(name == "platform" ? "libcrypto" : "platform");
}
