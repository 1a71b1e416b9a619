using System.Security.Cryptography;
using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Tests.Dtls.Crypto;

public sealed class CcmTests
{
    [Fact]
    public void Example_3_of_SP_800_38C()
    {
        var key = Convert.FromHexString("404142434445464748494A4B4C4D4E4F");
        var nonce = Convert.FromHexString("101112131415161718191A1B");
        var additional = Convert.FromHexString("000102030405060708090A0B0C0D0E0F10111213");
        var plaintext = Convert.FromHexString("202122232425262728292A2B2C2D2E2F3031323334353637");
        var ciphertext = new byte[24];
        var tag = new byte[8];
        Ccm.Encrypt(key, nonce, additional, plaintext, ciphertext, tag);
        Assert.Equal("E3B201A9F5B71A7A9B1CEAECCD97E70B6176AAD9A4428AA5" + "484392FBC1B09951", Convert.ToHexString([.. ciphertext, .. tag]));
        Assert.True(Ccm.TryDecrypt(key, nonce, additional, ciphertext, tag));
        Assert.Equal(plaintext, ciphertext);
    }

    [Fact]
    public void Ours_agrees_with_the_platforms_over_the_instructions_of_this_processor()
    {
        Assert.SkipUnless(X86AesRounds.IsSupported || ArmAesRounds.IsSupported, "no AES instructions here");
        if (X86AesRounds.IsSupported)
        {
            Compare<X86AesRounds>(5000);
        }
        else
        {
            Compare<ArmAesRounds>(5000);
        }
    }

    [Fact]
    public void Ours_agrees_with_the_platforms_over_the_rounds_of_Arm_in_plain_code() => Compare<EmulatedArmRounds>(600);

    private static void Compare<TRounds>(int rounds)
        where TRounds : struct, IAesRounds
    {
        const int Seed = 20;
        var random = new Random(Seed);
        for (var round = 0; round < rounds; round++)
        {
            var length = round <= 80 * 4 ? round / 4 : random.Next(0, 1500);
            var (key, nonce, additional, plaintext) = (Bytes(16), Bytes(12), Bytes(round % 4 == 0 ? random.Next(0, 64) : 13), Bytes(length));
            var tagLength = round % 8 == 7 ? 16 : 8;
            byte[] ours = new byte[length], theirs = new byte[length], ourTag = new byte[tagLength], theirTag = new byte[tagLength];
            using var aead = new AesCcm(key);
            aead.Encrypt(nonce, plaintext, theirs, theirTag, additional);
            CcmOverAesRounds<TRounds>.Encrypt(key, nonce, additional, plaintext, ours, ourTag);
            Assert.True(ours.AsSpan().SequenceEqual(theirs) && ourTag.AsSpan().SequenceEqual(theirTag), $"seed {Seed}, round {round}");

            var inPlace = plaintext.ToArray();
            CcmOverAesRounds<TRounds>.Encrypt(key, nonce, additional, inPlace, inPlace, ourTag);
            Assert.Equal(theirs, inPlace);
            Assert.Equal(theirTag, ourTag);

            Assert.True(CcmOverAesRounds<TRounds>.TryDecrypt(key, nonce, additional, ours, ourTag));
            Assert.Equal(plaintext, ours);

            theirTag[random.Next(tagLength)] ^= (byte)(1 << random.Next(8));
            Assert.False(CcmOverAesRounds<TRounds>.TryDecrypt(key, nonce, additional, theirs, theirTag));
            Assert.True(theirs.AsSpan().IndexOfAnyExcept((byte)0) < 0, "What was not authentic is erased.");
        }

        byte[] Bytes(int length)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }
    }
}
