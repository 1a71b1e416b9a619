using CoapBridge.Dtls;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Dtls;

/// <summary>Every parser of the room: a valid message parses, no strict prefix does, and none with a byte after it.</summary>
public sealed class ParserTests
{
    private sealed record Case(byte[] Valid, Func<byte[], bool> Parses, bool HasEnd = true, int Optional = -1);

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["RecordHeader"] = new(RoguePeer.Plain(ContentType.Alert, [2, 40]), bytes => RecordHeader.TryParse(bytes, out _), HasEnd: false),
        ["HandshakeHeader"] = new(
            RoguePeer.Fragment(HandshakeType.Finished, 3, 12, 0, new byte[12]),
            bytes =>
            {
                var reader = new WireReader(bytes);
                return HandshakeHeader.TryRead(ref reader, out _, out _);
            },
            HasEnd: false),
        ["Alert"] = new([1, 0], bytes => Alert.TryParse(bytes, out _)),
        ["HelloVerifyRequest"] = new([0xFE, 0xFF, 3, 1, 2, 3], bytes => HelloVerifyRequest.TryParse(bytes, out _)),

        // RFC 5246 §7.4.1.2: without its block of extensions a hello is whole, too.
        ["ClientHello"] = new(
            new HelloBuilder { SessionId = [1, 2], Cookie = [3] }.ToBytes(), bytes => ClientHello.TryParse(bytes, out _), Optional: 2 + 32 + 3 + 2 + 6 + 2),
        ["ClientHelloExtensions"] = new(
            [0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3], bytes => ClientHelloExtensions.Parse(bytes, out _) == DtlsFault.None),
        ["ServerHello"] = new(
            new ServerHello(0xFEFD, new byte[32], 0xC0AE, 0, new ServerHelloExtensions { PointFormats = true, ExtendedMasterSecret = true, RenegotiationInfo = true }).ToBytes(),
            bytes => ServerHello.Parse(bytes, out _) == DtlsFault.None,
            Optional: 38),
        ["Certificate"] = new(CertificateMessage.Write([[1, 2, 3], [4]]), bytes => CertificateMessage.TryParse(bytes, out _)),
        ["ServerKeyExchange"] = new(
            new ServerKeyExchange([4, .. new byte[64]], 0x0403, [1, 2]).ToBytes(), bytes => ServerKeyExchange.Parse(bytes, out _) == DtlsFault.None),
        ["CertificateRequest"] = new(
            CertificateRequest.Write([[0x30, 0]]), bytes => CertificateRequest.Check(bytes) == DtlsFault.None),
        ["ClientKeyExchange"] = new([65, 4, .. new byte[64]], bytes => ClientKeyExchange.Parse(bytes, out _) == DtlsFault.None),
        ["CertificateVerify"] = new(new CertificateVerify(0x0403, [1, 2, 3]).ToBytes(), bytes => CertificateVerify.TryParse(bytes, out _)),
        ["EcdsaSignature"] = new([0x30, 6, 2, 1, 1, 2, 1, 1], bytes => EcdsaSignature.TryDecode(bytes, new byte[64])),
        ["P256Point"] = new([4, .. new byte[64]], bytes => P256Point.IsUncompressed(bytes)),
    };

    public static TheoryData<string> Names => new(Cases.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Only_the_whole_message_parses(string name)
    {
        var (valid, parses, hasEnd, optional) = Cases[name];
        Assert.True(parses(valid));
        for (var length = 0; length < valid.Length; length++)
        {
            Assert.True(parses(valid[..length]) == (length == optional), $"{name}: the first {length} of {valid.Length} bytes");
        }

        Assert.Equal(!hasEnd, parses([.. valid, 0]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Spoiled_bytes_throw_nothing(string name)
    {
        var (valid, parses, _, _) = Cases[name];
        var random = new Random(11);
        for (var round = 0; round < 2000; round++)
        {
            var spoiled = valid.ToArray();
            for (var count = random.Next(1, 4); count > 0; count--)
            {
                spoiled[random.Next(spoiled.Length)] = (byte)random.Next(256);
            }

            parses(spoiled);
        }
    }
}
