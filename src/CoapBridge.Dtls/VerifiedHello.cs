using System.Buffers.Binary;
using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls;

/// <summary>A ClientHello whose sender receives at its address and can be talked with.</summary>
public sealed class VerifiedHello
{
    internal VerifiedHello(
        byte[] body, byte[] random, ulong recordSequence, ushort messageSequence, DtlsCipherSuite suite, bool renegotiationInfo,
        ClientHelloExtensions offered, SessionId? session)
    {
        Body = body;
        Random = random;
        RecordSequence = recordSequence;
        MessageSequence = messageSequence;
        Suite = suite;
        RenegotiationInfo = renegotiationInfo;
        Offered = offered;
        Session = session;
    }

    internal byte[] Body { get; }

    internal byte[] Random { get; }

    internal ulong RecordSequence { get; }

    internal ushort MessageSequence { get; }

    internal DtlsCipherSuite Suite { get; }

    /// <summary>By the extension or by the signalling suite (RFC 5746 §3.6).</summary>
    internal bool RenegotiationInfo { get; }

    internal ClientHelloExtensions Offered { get; }

    /// <summary>What the client wants to resume; null when it does not, or when the id cannot be one of ours.</summary>
    internal SessionId? Session { get; }

    internal bool Offers(DtlsCipherSuite suite) => ClientHello.TryParse(Body, out var hello) && hello.Offers((ushort)suite);

    /// <summary>A part of the hello's random: tells the same hello once more from a client that started over.</summary>
    public ulong Fingerprint => BinaryPrimitives.ReadUInt64BigEndian(Random.AsSpan(Random.Length - sizeof(ulong)));
}
