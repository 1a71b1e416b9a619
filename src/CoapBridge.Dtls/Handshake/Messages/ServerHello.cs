using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Records;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>
/// <code>
/// struct { ProtocolVersion server_version; Random random; SessionID session_id; CipherSuite cipher_suite;
///          CompressionMethod compression_method; Extension extensions&lt;0..2^16-1&gt;; } ServerHello;   RFC 5246 §7.4.1.3
/// </code>
/// </summary>
internal sealed record ServerHello(ushort Version, byte[] Random, ushort CipherSuite, byte Compression, ServerHelloExtensions Extensions)
{
    private const int MaximumSessionId = 32;

    /// <summary>Empty: the session is not kept. The client's own: it is resumed (RFC 5246 §7.4.1.3).</summary>
    public byte[] SessionId { get; init; } = [];

    public byte[] ToBytes()
    {
        var writer = new WireWriter(stackalloc byte[512]);
        writer.WriteUInt16(Version);
        writer.WriteBytes(Random);
        writer.WriteVector8(SessionId);
        writer.WriteUInt16(CipherSuite);
        writer.WriteUInt8(Compression);
        Extensions.Write(ref writer);
        return writer.Written.ToArray();
    }

    public static DtlsFault Parse(ReadOnlySpan<byte> body, out ServerHello? hello)
    {
        var reader = new WireReader(body);
        var version = reader.ReadUInt16();
        var random = reader.ReadBytes(ClientHello.RandomLength).ToArray();
        var sessionId = reader.ReadVector8();
        var suite = reader.ReadUInt16();
        var compression = reader.ReadUInt8();
        var block = reader.HasMore ? reader.ReadVector16() : default;
        hello = null;
        if (!reader.AtEnd || sessionId.Length > MaximumSessionId)
        {
            return DtlsFault.DecodeError;
        }

        var fault = ServerHelloExtensions.Parse(block, out var extensions);
        hello = new ServerHello(version, random, suite, compression, extensions) { SessionId = sessionId.ToArray() };
        return fault != DtlsFault.None ? fault
            : version != DtlsVersion.Dtls12 ? DtlsFault.ProtocolVersion
            : compression != 0 ? DtlsFault.IllegalParameter
            : DtlsFault.None;
    }
}
