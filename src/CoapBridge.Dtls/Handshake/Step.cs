using CoapBridge.Dtls.Handshake.States;

namespace CoapBridge.Dtls.Handshake;

/// <summary>What a state answers to a message: the state that follows, an end, or nothing at all.</summary>
internal readonly struct Step
{
    private Step(HandshakeState? next, DtlsFault fault, PeerVerdict? refusal, FinishedVerified? proof)
    {
        Next = next;
        Fault = fault;
        Refusal = refusal;
        Proof = proof;
    }

    public static Step Stay => default;

    public static Step Unexpected => Fail(DtlsFault.UnexpectedMessage);

    public HandshakeState? Next { get; }

    public DtlsFault Fault { get; }

    public PeerVerdict? Refusal { get; }

    public FinishedVerified? Proof { get; }

    public static Step To(HandshakeState next) => new(next, DtlsFault.None, null, null);

    public static Step Fail(DtlsFault fault) => new(null, fault, null, null);

    public static Step Refuse(PeerVerdict verdict) => new(null, DtlsFault.None, verdict, null);

    public static Step Complete(FinishedVerified proof) => new(null, DtlsFault.None, null, proof);
}
