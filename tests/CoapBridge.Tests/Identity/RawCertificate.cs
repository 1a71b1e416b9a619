using System.Security.Cryptography;
using System.Text;

namespace CoapBridge.Tests.Identity;

/// <summary>A certificate put together from raw TLVs, so that each of them can be wrong. The defaults make a good device.</summary>
internal sealed class RawCertificate
{
    public static readonly byte[] EcdsaWithSha256 = Convert.FromHexString("300A06082A8648CE3D040302");
    public static readonly byte[] EcdsaWithSha1 = Convert.FromHexString("300906072A8648CE3D0401");
    public static readonly byte[] DigitalSignature = [0x03, 0x02, 0x07, 0x80];
    private static readonly ECDsa DeviceKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] Version { get; set; } = [0xA0, 3, 2, 1, 2];

    public byte[] Serial { get; set; } = Tlv(0x02, [0x01]);

    public byte[] Algorithm { get; set; } = EcdsaWithSha256;

    public byte[]? OuterAlgorithm { get; set; }

    public byte[] Issuer { get; set; } = Name("CA");

    public byte[] NotBefore { get; set; } = Tlv(0x17, "260101000000Z"u8);

    public byte[] NotAfter { get; set; } = Tlv(0x17, "271231235959Z"u8);

    public byte[] Subject { get; set; } = Name("device-1");

    public byte[] PublicKey { get; set; } = DeviceKey.ExportSubjectPublicKeyInfo();

    public List<byte[]> Extensions { get; set; } = [Extension("551D0F", true, DigitalSignature)];

    public byte[]? ExtensionField { get; set; }

    public byte[] Sign(ECDsa key)
    {
        var tbs = Tlv(0x30, Version, Serial, Algorithm, Issuer, Tlv(0x30, NotBefore, NotAfter), Subject, PublicKey,
            ExtensionField ?? Tlv(0xA3, Tlv(0x30, [.. Extensions])));
        var signature = key.SignData(tbs, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Tlv(0x30, tbs, OuterAlgorithm ?? Algorithm, Tlv(0x03, [0], signature));
    }

    public static byte[] Name(string commonName, byte tag = 0x0C) => Name((tag, Encoding.UTF8.GetBytes(commonName)));

    public static byte[] Name(params (byte Tag, byte[] Value)[] commonNames) =>
        Tlv(0x30, [.. commonNames.Select(name => Tlv(0x31, Attribute("550403", name.Tag, name.Value)))]);

    public static byte[] Attribute(string oid, byte tag, byte[] value) => Tlv(0x30, Tlv(0x06, Convert.FromHexString(oid)), Tlv(tag, value));

    public static byte[] Extension(string oid, bool critical, byte[] value) =>
        Tlv(0x30, Tlv(0x06, Convert.FromHexString(oid)), critical ? [1, 1, 0xFF] : [], Tlv(0x04, value));

    public static byte[] Tlv(byte tag, params byte[][] parts) => Tlv(tag, parts.SelectMany(part => part).ToArray().AsSpan());

    public static byte[] Tlv(byte tag, ReadOnlySpan<byte> content) => content.Length switch
    {
        < 0x80 => [tag, (byte)content.Length, .. content],
        < 0x100 => [tag, 0x81, (byte)content.Length, .. content],
        _ => [tag, 0x82, (byte)(content.Length >> 8), (byte)content.Length, .. content],
    };
}
