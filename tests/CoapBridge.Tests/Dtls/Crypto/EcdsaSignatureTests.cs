using System.Security.Cryptography;
using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Tests.Dtls.Crypto;

public sealed class EcdsaSignatureTests
{
    [Fact]
    public void Every_signature_of_the_platform_is_read_as_the_platform_meant_it()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var fixedLength = new byte[EcdsaSignature.FixedLength];
        for (var round = 0; round < 500; round++)
        {
            var hash = SHA256.HashData(BitConverter.GetBytes(round));
            var der = key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
            Assert.True(EcdsaSignature.TryDecode(der, fixedLength));
            Assert.True(key.VerifyHash(hash, fixedLength, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        }
    }

    [Theory]
    [InlineData("3006020101020101", true)]
    [InlineData("3006020100020101", false)]
    [InlineData("3006020101020100", false)]
    [InlineData("3006020181020101", false)]
    [InlineData("300702020001020101", false)]
    [InlineData("300702020081020101", true)]
    [InlineData("3106020101020101", false)]
    [InlineData("3006030101020101", false)]
    [InlineData("3005020002020101", false)]
    [InlineData("30080201010201010500", false)]
    public void Only_strict_DER_of_positive_numbers_is_a_signature(string hex, bool accepted) =>
        Assert.Equal(accepted, EcdsaSignature.TryDecode(Convert.FromHexString(hex), new byte[64]));
}
