using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>
/// secp256r1 through libcrypto. A third of the platform's time: parameters are copied from a key that is held instead of
/// looked up by name, and a point is checked once and not at every step.
/// </summary>
internal sealed class LibcryptoP256 : P256
{
    // Only read, and never freed: it lives as long as the process. libcrypto lets many threads read one key.
    private readonly EvpKey _template;

    private LibcryptoP256(EvpKey template) => _template = template;

    /// <summary>Null where libcrypto cannot be loaded, lacks something, or does not do a first round trip right.</summary>
    public static LibcryptoP256? TryLoad()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Libcrypto.Library, out _))
        {
            return null;
        }

        try
        {
            var made = Libcrypto.Initialize(Libcrypto.InitNoAtExit | Libcrypto.InitLoadConfig, 0) == Libcrypto.Success
                ? new LibcryptoP256(CreateTemplate()) : null;
            return made is not null && made.IsSound() ? made : null;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException or CryptographicException)
        {
            return null;
        }
    }

    public static CryptographicException Failed(string what)
    {
        Libcrypto.ClearErrors();
        return new CryptographicException($"libcrypto could not {what}.");
    }

    public override EphemeralKey CreateEphemeralKey()
    {
        using var context = Libcrypto.NewContext(_template, engine: 0);
        var key = Generate(context);
        try
        {
            return new LibcryptoEphemeralKey(this, key);
        }
        catch (CryptographicException)
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Null when it is not a point of the curve.</summary>
    public EvpKey? TryImport(ReadOnlySpan<byte> point)
    {
        if (!P256Point.IsUncompressed(point))
        {
            return null;
        }

        var key = Libcrypto.NewKey();
        if (!key.IsInvalid && Libcrypto.CopyParameters(key, _template) == Libcrypto.Success
            && Libcrypto.SetPublicKey(key, point, P256Point.Length) == Libcrypto.Success)
        {
            return key;
        }

        key.Dispose();
        Libcrypto.ClearErrors();
        return null;
    }

    private protected override bool Verify(
        ReadOnlySpan<byte> point, ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> der, ReadOnlySpan<byte> fixedLength)
    {
        using var key = TryImport(point);
        if (key is null)
        {
            return false;
        }

        using var context = Libcrypto.NewContext(key, engine: 0);
        if (!context.IsInvalid && Libcrypto.BeginVerify(context) == Libcrypto.Success
            && Libcrypto.Verify(context, der, (nuint)der.Length, sha256, (nuint)sha256.Length) == Libcrypto.Success)
        {
            return true;
        }

        Libcrypto.ClearErrors();
        return false;
    }

    private static EvpKey CreateTemplate()
    {
        using var context = Libcrypto.NewContext(0, "EC\0"u8, 0);
        return Generate(context, "P-256\0"u8);
    }

    private static EvpKey Generate(EvpContext context, ReadOnlySpan<byte> group = default)
    {
        nint key = 0;
        return !context.IsInvalid && Libcrypto.BeginGenerate(context) == Libcrypto.Success
            && (group.IsEmpty || Libcrypto.SetGroup(context, group) == Libcrypto.Success)
            && Libcrypto.Generate(context, ref key) == Libcrypto.Success && key != 0
            ? new EvpKey(key) : throw Failed("make a key");
    }

    /// <summary>Each call once, against the platform's answers: a library that does not suit is found here and nowhere later.</summary>
    private bool IsSound()
    {
        using var ours = CreateEphemeralKey();
        using var theirs = new PlatformP256().CreateEphemeralKey();
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var hash = SHA256.HashData(ours.PublicPoint);
        var signature = signer.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
        var point = P256Point.Encode(signer.ExportParameters(includePrivateParameters: false).Q);
        return ours.Agree(theirs.PublicPoint) is { } secret && theirs.Agree(ours.PublicPoint) is { } same && secret.AsSpan().SequenceEqual(same)
            && Verify(point, hash, signature) && !Verify(theirs.PublicPoint, hash, signature);
    }
}
