using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Extensions;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>What both hellos settled.</summary>
internal sealed record Negotiated(HelloRandoms Randoms, DtlsCipherSuite Suite, ServerHelloExtensions Extensions);
