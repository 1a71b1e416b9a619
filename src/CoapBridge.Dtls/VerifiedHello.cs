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

    /// <summary>The same hello once more, and not a client that started over: 32 random bytes tell.</summary>
    public bool IsRepetitionOf(VerifiedHello? other) => other is not null && Random.AsSpan().SequenceEqual(other.Random);
}
