using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>
/// AES-128-CCM (RFC 3610, NIST SP 800-38C) with a 12-byte nonce. Where the processor has AES instructions it is our own
/// (<see cref="CcmOverAesRounds{TRounds}"/>: no key object per connection, a tenth of the time); elsewhere the platform's.
/// </summary>
internal static class Ccm
{
    /// <summary>The tag's length is the AEAD's: 8 for CCM_8.</summary>
    public static void Encrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional,
        ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        if (X86AesRounds.IsSupported)
        {
            CcmOverAesRounds<X86AesRounds>.Encrypt(key, nonce, additional, plaintext, ciphertext, tag);
            return;
        }

        if (ArmAesRounds.IsSupported)
        {
            CcmOverAesRounds<ArmAesRounds>.Encrypt(key, nonce, additional, plaintext, ciphertext, tag);
            return;
        }

        using var aead = new AesCcm(key);
        aead.Encrypt(nonce, plaintext, ciphertext, tag, additional);
    }

    /// <summary>Decrypts in place; the text is zeroed when the tag is wrong.</summary>
    public static bool TryDecrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional,
        Span<byte> text, ReadOnlySpan<byte> tag)
    {
        if (X86AesRounds.IsSupported)
        {
            return CcmOverAesRounds<X86AesRounds>.TryDecrypt(key, nonce, additional, text, tag);
        }

        if (ArmAesRounds.IsSupported)
        {
            return CcmOverAesRounds<ArmAesRounds>.TryDecrypt(key, nonce, additional, text, tag);
        }

        using var aead = new AesCcm(key);
        try
        {
            aead.Decrypt(nonce, text, tag, text, additional);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            text.Clear();
            return false;
        }
    }
}
