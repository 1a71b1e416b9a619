using System.Security.Cryptography;
using static CoapBridge.Tests.Identity.RawCertificate;

namespace CoapBridge.Tests.Identity;

/// <summary>A revocation list put together from raw TLVs, so that each of them can be wrong. The defaults make a good one.</summary>
internal sealed class RawRevocationList
{
    public byte[] Version { get; set; } = [0x02, 1, 1];

    public byte[] Algorithm { get; set; } = EcdsaWithSha256;

    public byte[]? OuterAlgorithm { get; set; }

    public byte[] Issuer { get; set; } = Mint.CaName();

    public byte[] ThisUpdate { get; set; } = Tlv(0x17, "260601000000Z"u8);

    public byte[] NextUpdate { get; set; } = Tlv(0x17, "260701000000Z"u8);

    public List<byte[]> Entries { get; set; } = [Entry([0x05])];

    public List<byte[]> Extensions { get; set; } = [Extension("551D14", false, [0x02, 1, 1])];

    public byte[] Sign(ECDsa key)
    {
        var tbs = Tlv(0x30, Version, Algorithm, Issuer, ThisUpdate, NextUpdate,
            Entries.Count == 0 ? [] : Tlv(0x30, [.. Entries]),
            Extensions.Count == 0 ? [] : Tlv(0xA0, Tlv(0x30, [.. Extensions])));
        var signature = key.SignData(tbs, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Tlv(0x30, tbs, OuterAlgorithm ?? Algorithm, Tlv(0x03, [0], signature));
    }

    public static byte[] Entry(byte[] serial, params byte[][] extensions) =>
        Tlv(0x30, Tlv(0x02, serial), Tlv(0x17, "260601000000Z"u8), extensions.Length == 0 ? [] : Tlv(0x30, extensions));

    public static byte[] Reason(byte reason) => Extension("551D15", false, [0x0A, 1, reason]);
}
