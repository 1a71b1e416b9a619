using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>What our client offers, the same with and without a cookie (RFC 6347 §4.2.1).</summary>
/// <param name="Random">32 bytes.</param>
/// <param name="ConnectionId">What we want to receive; null: no Connection IDs.</param>
/// <param name="Session">The session to resume, if the server still has it.</param>
internal sealed record ClientOffer(byte[] Random, byte[]? ConnectionId, DtlsSession? Session)
{
    public byte[] ToHello(ReadOnlySpan<byte> cookie, DtlsSettings settings) =>
        ClientHello.Write(Random, Session?.Id.ToArray() ?? [], cookie, settings, ConnectionId);
}
