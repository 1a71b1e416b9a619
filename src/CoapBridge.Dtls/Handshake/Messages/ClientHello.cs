using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Records;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>
/// A view over:
/// <code>
/// struct { ProtocolVersion client_version; Random random; SessionID session_id&lt;0..32&gt;; opaque cookie&lt;0..2^8-1&gt;;
///          CipherSuite cipher_suites&lt;2..2^16-2&gt;; CompressionMethod compression_methods&lt;1..2^8-1&gt;;
///          Extension extensions&lt;0..2^16-1&gt;; } ClientHello;   RFC 6347 §4.2.1, RFC 5246 §7.4.1.2
/// </code>
/// </summary>
internal readonly ref struct ClientHello
{
    public const int RandomLength = 32;
    public const int MaximumLength = 2048;

    private const int MaximumSessionId = 32;
    private const byte NullCompression = 0;

    public ushort Version { get; private init; }

    public ReadOnlySpan<byte> Random { get; private init; }

    public ReadOnlySpan<byte> SessionId { get; private init; }

    public ReadOnlySpan<byte> Cookie { get; private init; }

    public ReadOnlySpan<byte> CipherSuites { get; private init; }

    public ReadOnlySpan<byte> CompressionMethods { get; private init; }

    public ReadOnlySpan<byte> Extensions { get; private init; }

    public bool OffersNullCompression => CompressionMethods.Contains(NullCompression);

    public static bool TryParse(ReadOnlySpan<byte> body, out ClientHello hello)
    {
        var reader = new WireReader(body);
        hello = new ClientHello
        {
            Version = reader.ReadUInt16(),
            Random = reader.ReadBytes(RandomLength),
            SessionId = reader.ReadVector8(),
            Cookie = reader.ReadVector8(),
            CipherSuites = reader.ReadVector16(minimum: 2),
            CompressionMethods = reader.ReadVector8(minimum: 1),
            // RFC 5246 §7.4.1.2: the block may be missing, which is not the same as malformed.
            Extensions = reader.HasMore ? reader.ReadVector16() : default,
        };
        return reader.AtEnd && hello.SessionId.Length <= MaximumSessionId && hello.CipherSuites.Length % 2 == 0;
    }

    public bool Offers(ushort suite)
    {
        var reader = new WireReader(CipherSuites);
        while (reader.HasMore)
        {
            if (reader.ReadUInt16() == suite)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The hello our client sends: below 200 bytes, so that it is never fragmented (DESIGN D-18).</summary>
    public static byte[] Write(
        ReadOnlySpan<byte> random, ReadOnlySpan<byte> sessionId, ReadOnlySpan<byte> cookie, DtlsSettings settings, byte[]? connectionId)
    {
        var writer = new WireWriter(stackalloc byte[768]);
        writer.WriteUInt16(DtlsVersion.Dtls12);
        writer.WriteBytes(random);
        writer.WriteVector8(sessionId);
        writer.WriteVector8(cookie);
        var suites = writer.OpenVector16();
        foreach (var suite in settings.CipherSuites)
        {
            writer.WriteUInt16((ushort)suite);
        }

        writer.Close(suites);
        writer.WriteVector8([NullCompression]);
        ClientHelloExtensions.Write(ref writer, connectionId, settings.OffersReturnRoutability);
        return writer.Written.ToArray();
    }
}
