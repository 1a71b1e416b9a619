using System.Security.Cryptography;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake;

/// <summary>
/// The hash over all handshake messages, each as if it had never been split (RFC 6347 §4.2.6). The first ClientHello and
/// the HelloVerifyRequest never enter it.
/// </summary>
internal sealed class Transcript : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(HandshakeType type, ushort messageSequence, ReadOnlySpan<byte> body)
    {
        var writer = new WireWriter(stackalloc byte[HandshakeHeader.Length]);
        HandshakeHeader.Unfragmented(type, messageSequence, body.Length).Write(ref writer);
        _hash.AppendData(writer.Written);
        _hash.AppendData(body);
    }

    /// <summary>The hash so far; more may be added after.</summary>
    public byte[] CurrentHash() => _hash.GetCurrentHash();

    public void Dispose() => _hash.Dispose();
}
