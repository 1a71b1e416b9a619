using CoapBridge.Dtls.Handshake.Extensions;

namespace CoapBridge.Dtls;

/// <summary>What became of a datagram from an address without a connection.</summary>
public enum HelloOutcome
{
    /// <summary>The cookie was good: make a connection of it.</summary>
    Accepted,

    /// <summary>A HelloVerifyRequest is the answer.</summary>
    CookieSent,

    /// <summary>The cookie was good, but there is no common ground; an alert is the answer.</summary>
    Refused,

    /// <summary>No ClientHello: dropped.</summary>
    NotAHello,

    /// <summary>A ClientHello in fragments: dropped (DESIGN D-18).</summary>
    Fragmented,

    /// <summary>Lengths that do not fit: dropped.</summary>
    Malformed,
}

/// <summary>The judgement on a hello.</summary>
public readonly record struct HelloVerdict(HelloOutcome Outcome)
{
    /// <summary>Why it was refused.</summary>
    public DtlsFault Fault { get; init; }

    /// <summary>The hello that was accepted; null otherwise.</summary>
    public VerifiedHello? Hello { get; init; }
}

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
