using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>What both hellos settled.</summary>
internal sealed record Negotiated(HelloRandoms Randoms, DtlsCipherSuite Suite, ServerHelloExtensions Extensions)
{
    /// <summary>The id in the ServerHello; null: empty, so never resumed.</summary>
    public SessionId? SessionId { get; init; }

    /// <summary>The client's SNI name.</summary>
    public string? ServerName { get; init; }
}
