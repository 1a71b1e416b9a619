using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Dtls;

namespace CoapBridge.Fuzz;

/// <summary>
/// One side's certificate and key, the same in every process, out of the corpus; so are its key share and its signatures,
/// because a session must mean the same wherever it is replayed.
/// </summary>
internal sealed class FixedParty
{
    // SEC 2 §2.4.2: n of secp256r1.
    private static readonly BigInteger Order = Number(Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"));

    private readonly byte[] _secret;
    private readonly ECParameters _share;

    private FixedParty(string name, byte scalar)
    {
        var line = Lines("party.txt").Single(line => line[0] == name);
        Certificate = Convert.FromHexString(line[1]);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromHexString(line[2]), out _);
        _secret = key.ExportParameters(includePrivateParameters: true).D!;
        using var certificate = X509CertificateLoader.LoadCertificate(Certificate);
        using var publicKey = certificate.GetECDsaPublicKey()!;
        var point = publicKey.ExportParameters(includePrivateParameters: false).Q;
        Point = [4, .. point.X!, .. point.Y!];
        using var share = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = [.. Enumerable.Repeat(scalar, 32)] });
        _share = share.ExportParameters(includePrivateParameters: true);
    }

    public static DateTimeOffset Time { get; } = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);

    public static FixedParty Gateway { get; } = new("gateway", 0x21);

    public static FixedParty Device { get; } = new("device", 0x43);

    /// <summary>Another device, which misbehaves.</summary>
    public static FixedParty Intruder { get; } = new("intruder", 0x65);

    /// <summary>The CA of them all.</summary>
    public static byte[] Ca { get; } = Convert.FromHexString(Lines("party.txt").Single(line => line[0] == "ca")[1]);

    /// <summary>The CA's key.</summary>
    public static ECDsa OpenCaKey()
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromHexString(Lines("party.txt").Single(line => line[0] == "ca")[2]), out _);
        return key;
    }

    public byte[] Certificate { get; }

    public byte[] Point { get; }

    /// <summary>The certificate's key, for signatures that need not repeat.</summary>
    public ECDsa OpenKey() => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256, D = _secret, Q = new ECPoint { X = Point[1..33], Y = Point[33..] },
    });

    public DtlsSettings Settings(IPeerVerifier verifier) => new()
    {
        Credentials = new DtlsCredentials([Certificate], 0x0403, Sign),
        Verifier = verifier,
        CreateEphemeralKey = () => ECDiffieHellman.Create(_share),
    };

    private static IEnumerable<string[]> Lines(string file)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Corpus", file);
        return File.Exists(path) ? File.ReadLines(path).Select(line => line.Split(' ')) : [];
    }

    /// <summary>ECDSA (FIPS 186-5 §6.4.1) with the same k each time: it would give the key away, and makes sessions repeatable.</summary>
    private byte[] Sign(byte[] hash)
    {
        var s = Inverse(Number(_share.D!)) * (Number(hash) + (Number(_share.Q.X!) * Number(_secret))) % Order;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(Number(_share.Q.X!) % Order);
            writer.WriteInteger(s);
        }

        return writer.Encode();
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static BigInteger Inverse(BigInteger number) => BigInteger.ModPow(number, Order - 2, Order);
}
