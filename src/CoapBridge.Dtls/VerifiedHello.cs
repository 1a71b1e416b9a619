using System.Buffers.Binary;
using CoapBridge.Dtls.Handshake.Extensions;

namespace CoapBridge.Dtls;

/// <summary>A ClientHello whose sender receives at its address and can be talked with.</summary>
public sealed class VerifiedHello
{
    internal VerifiedHello(
        byte[] body, byte[] random, ulong recordSequence, ushort messageSequence, ServerHelloExtensions extensions)
    {
        Body = body;
        Random = random;
        RecordSequence = recordSequence;
        MessageSequence = messageSequence;
        Extensions = extensions;
    }

    internal byte[] Body { get; }

    internal byte[] Random { get; }

    internal ulong RecordSequence { get; }

    internal ushort MessageSequence { get; }

    internal ServerHelloExtensions Extensions { get; }

    /// <summary>A part of the hello's random: tells the same hello once more from a client that started over.</summary>
    public ulong Fingerprint => BinaryPrimitives.ReadUInt64BigEndian(Random.AsSpan(Random.Length - sizeof(ulong)));
}
