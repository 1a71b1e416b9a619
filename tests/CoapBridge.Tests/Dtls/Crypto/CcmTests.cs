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
    public void Ours_agrees_with_the_platforms()
    {
        Assert.SkipUnless(CcmOverAesInstructions.IsSupported, "no AES instructions here");
        const int Seed = 20;
        var random = new Random(Seed);
        for (var round = 0; round < 5000; round++)
        {
            var length = round <= 80 * 4 ? round / 4 : random.Next(0, 1500);
            var (key, nonce, additional, plaintext) = (Bytes(16), Bytes(12), Bytes(round % 4 == 0 ? random.Next(0, 64) : 13), Bytes(length));
            var tagLength = round % 8 == 7 ? 16 : 8;
            byte[] ours = new byte[length], theirs = new byte[length], ourTag = new byte[tagLength], theirTag = new byte[tagLength];
            using var aead = new AesCcm(key);
            aead.Encrypt(nonce, plaintext, theirs, theirTag, additional);
            CcmOverAesInstructions.Encrypt(key, nonce, additional, plaintext, ours, ourTag);
            Assert.True(ours.AsSpan().SequenceEqual(theirs) && ourTag.AsSpan().SequenceEqual(theirTag), $"seed {Seed}, round {round}");

            var inPlace = plaintext.ToArray();
            CcmOverAesInstructions.Encrypt(key, nonce, additional, inPlace, inPlace, ourTag);
            Assert.Equal(theirs, inPlace);

            Assert.True(CcmOverAesInstructions.TryDecrypt(key, nonce, additional, ours, ourTag));
            Assert.Equal(plaintext, ours);

            theirTag[random.Next(tagLength)] ^= (byte)(1 << random.Next(8));
            Assert.False(CcmOverAesInstructions.TryDecrypt(key, nonce, additional, theirs, theirTag));
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
