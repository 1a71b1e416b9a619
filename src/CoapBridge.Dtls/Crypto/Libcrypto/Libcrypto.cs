using System.Runtime.InteropServices;

namespace CoapBridge.Dtls.Crypto;

/// <summary>
/// What is used of OpenSSL 3's libcrypto; nothing deprecated, nothing variadic. It is the library that
/// System.Security.Cryptography works with, and its own reading of openssl.cnf and its providers count here too.
/// </summary>
internal static partial class Libcrypto
{
    public const string Library = "libcrypto.so.3";

    public const int Success = 1;

    /// <summary>OPENSSL_INIT_NO_ATEXIT: threads may still be at work when the process exits.</summary>
    public const ulong InitNoAtExit = 0x00080000;

    /// <summary>OPENSSL_INIT_LOAD_CONFIG.</summary>
    public const ulong InitLoadConfig = 0x00000040;

    [LibraryImport(Library, EntryPoint = "OPENSSL_init_crypto")]
    public static partial int Initialize(ulong options, nint settings);

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new")]
    public static partial EvpKey NewKey();

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    public static partial void FreeKey(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_copy_parameters")]
    public static partial int CopyParameters(EvpKey to, EvpKey from);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_set1_encoded_public_key")]
    public static partial int SetPublicKey(EvpKey key, ReadOnlySpan<byte> point, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_octet_string_param")]
    public static partial int GetOctets(EvpKey key, ReadOnlySpan<byte> name, Span<byte> value, nuint room, out nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new")]
    public static partial EvpContext NewContext(EvpKey key, nint engine);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new_from_name")]
    public static partial EvpContext NewContext(nint library, ReadOnlySpan<byte> name, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_set_group_name")]
    public static partial int SetGroup(EvpContext context, ReadOnlySpan<byte> name);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_keygen_init")]
    public static partial int BeginGenerate(EvpContext context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_generate")]
    public static partial int Generate(EvpContext context, ref nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive_init")]
    public static partial int BeginDerive(EvpContext context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive_set_peer_ex")]
    public static partial int SetPeer(EvpContext context, EvpKey peer, int validate);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive")]
    public static partial int Derive(EvpContext context, Span<byte> secret, ref nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify_init")]
    public static partial int BeginVerify(EvpContext context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify")]
    public static partial int Verify(
        EvpContext context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> hash, nuint hashLength);
}
