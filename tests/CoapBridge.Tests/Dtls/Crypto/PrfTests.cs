using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Tests.Dtls.Crypto;

public sealed class PrfTests
{
    /// <summary>The vector for P_SHA256 that was published on the IETF's TLS list.</summary>
    [Fact]
    public void The_published_vector()
    {
        var secret = Convert.FromHexString("9BBE436BA940F017B17652849A71DB35");
        var seed = Convert.FromHexString("A0BA9F936CDA311827A6F796FFD5198C");
        const string Expected =
            "E3F229BA727BE17B8D122620557CD453C2AAB21D07C3D495329B52D4E61EDB5A6B301791E90D35C9C9A46B4E14BAF9AF"
            + "0FA022F7077DEF17ABFD3797C0564BAB4FBC91666E9DEF9B97FCE34F796789BAA48082D122EE42C5A72E5A5110FFF70187347B66";
        for (var length = 0; length <= 100; length++)
        {
            var output = new byte[length];
            Prf.Expand(secret, "test label"u8, seed, output);
            Assert.Equal(Expected[..(2 * length)], Convert.ToHexString(output));
        }
    }

    [Fact]
    public void Keys_come_in_the_order_of_the_key_block()
    {
        var randoms = new HelloRandoms(new byte[32], [.. Enumerable.Repeat((byte)1, 32)]);
        using var schedule = KeySchedule.Derive(new byte[32], randoms, null);
        byte[] master = new byte[48], block = new byte[40];
        Prf.Expand(new byte[32], "master secret"u8, [.. randoms.Client, .. randoms.Server], master);
        Prf.Expand(master, "key expansion"u8, [.. randoms.Server, .. randoms.Client], block);
        var (client, server) = schedule.RecordKeys(CoapBridge.Dtls.DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, randoms);

        // RFC 5246 §6.3: client key, server key, client IV, server IV.
        Check(client, block[..16], block[32..36]);
        Check(server, block[16..32], block[36..40]);
    }

    private static void Check(CoapBridge.Dtls.Records.RecordProtection protection, byte[] key, byte[] salt)
    {
        var header = new CoapBridge.Dtls.Records.RecordHeader(CoapBridge.Dtls.Records.ContentType.ApplicationData, 0xFEFD, 1, 0x050607, 4 + 16);
        byte[] fragment = [.. new byte[8], 1, 2, 3, 4, .. new byte[8]];
        var written = new byte[CoapBridge.Dtls.Records.AdditionalData.MaximumLength];
        var length = CoapBridge.Dtls.Records.AdditionalData.Write(header, default, 4, written);
        protection.Seal(written.AsSpan(0, length), 0x0001000000050607, fragment);

        // RFC 6655 §3: the explicit nonce is epoch and sequence; RFC 5246 §6.2.3.3: the additional data.
        Assert.Equal("0001000000050607", Convert.ToHexString(fragment, 0, 8));
        byte[] nonce = [.. salt, .. fragment[..8]];
        var additional = Convert.FromHexString("0001000000050607" + "17" + "FEFD" + "0004");
        using var aead = new System.Security.Cryptography.AesCcm(key);
        var plaintext = new byte[4];
        aead.Decrypt(nonce, fragment[8..12], fragment[12..], plaintext, additional);
        Assert.Equal([1, 2, 3, 4], plaintext);
    }
}
