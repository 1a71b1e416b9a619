using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Judges the client's certificate, checks its CertificateVerify, and derives the keys.</summary>
internal sealed class VerifyClient(
    IPeerVerifier verifier, Negotiated negotiated, EphemeralKey key, IReadOnlyList<byte[]> chain, byte[] point,
    CertificateVerify proof, byte[] sessionHash) : DtlsWork
{
    private protected override DtlsWorkResult Compute(DateTimeOffset time)
    {
        using var ephemeral = key;
        var verdict = verifier.Verify(chain, time);

        // The proof comes first: only who holds the key learns what we think of the certificate.
        if (verdict.PublicKeyPoint is { } leaf
            && (proof.Algorithm != SignatureScheme.EcdsaSecp256r1Sha256 || !P256Point.Verify(leaf, sessionHash, proof.Signature)))
        {
            return new ClientVerified(this, DtlsFault.CertificateVerify, verdict, null);
        }

        if (!verdict.IsAccepted)
        {
            return new ClientVerified(this, DtlsFault.None, verdict, null);
        }

        if (key.Agree(point) is not { } premaster)
        {
            return new ClientVerified(this, DtlsFault.IllegalParameter, verdict, null);
        }

        var schedule = KeySchedule.Derive(premaster, negotiated.Randoms, negotiated.Extensions.ExtendedMasterSecret ? sessionHash : null);
        Array.Clear(premaster);
        return new ClientVerified(this, DtlsFault.None, verdict, schedule);
    }
}

internal sealed class ClientVerified(DtlsWork work, DtlsFault fault, PeerVerdict verdict, KeySchedule? schedule) : DtlsWorkResult(work)
{
    public DtlsFault Fault => fault;

    public PeerVerdict Verdict => verdict;

    public KeySchedule? Schedule => schedule;
}

/// <summary>Everything of flight 5 but its end is here; certificate, proof and secret are being worked out.</summary>
internal sealed class AwaitClientVerification(Negotiated negotiated) : HandshakeState
{
    private bool _changeCipherSpecCame;

    public override bool AwaitsWork => true;

    /// <summary>It follows CertificateVerify at once, so it mostly comes while the work is under way: remembered, not obeyed.</summary>
    public override bool TryHandleChangeCipherSpec(FlightExchange exchange, out Step step)
    {
        _changeCipherSpecCame = true;
        step = Step.Stay;
        return true;
    }

    public override Step HandleWork(DtlsWorkResult result, FlightExchange exchange)
    {
        var verified = (ClientVerified)result;
        if (verified.Fault != DtlsFault.None)
        {
            return Step.Fail(verified.Fault);
        }

        if (verified.Schedule is not { } schedule)
        {
            return Step.Refuse(verified.Verdict);
        }

        var next = new ExpectClientChangeCipherSpec(negotiated, schedule, verified.Verdict);
        return _changeCipherSpecCame && next.TryHandleChangeCipherSpec(exchange, out var step) ? step : Step.To(next);
    }
}

/// <summary>The client is who it says; its keys are ready (RFC 5246 §7.1).</summary>
internal sealed class ExpectClientChangeCipherSpec(Negotiated negotiated, KeySchedule schedule, PeerVerdict client) : HandshakeState
{
    public override bool TryHandleChangeCipherSpec(FlightExchange exchange, out Step step)
    {
        var keys = schedule.RecordKeys(negotiated.Randoms);
        exchange.Records.InstallRead(keys.Client);
        step = Step.To(new ExpectClientFinished(negotiated, schedule, client, keys.Server));
        return true;
    }
}

/// <summary>Waiting for the last message of flight 5; then flight 6 leaves and the handshake is done.</summary>
internal sealed class ExpectClientFinished(
    Negotiated negotiated, KeySchedule schedule, PeerVerdict client, RecordProtection writeKeys) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.Finished)
        {
            return Step.Unexpected;
        }

        if (message.Body.Length != KeySchedule.VerifyDataLength)
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        var expected = schedule.ClientVerifyData(exchange.Transcript.CurrentHash());
        if (FinishedVerified.Check(expected, message.Body, client, negotiated.Extensions.ExtendedMasterSecret) is not { } proof)
        {
            return Step.Fail(DtlsFault.FinishedMismatch);
        }

        exchange.Record(message);
        var verifyData = schedule.ServerVerifyData(exchange.Transcript.CurrentHash());
        exchange.Records.InstallWrite(writeKeys);
        exchange.BeginFlight();
        exchange.SendChangeCipherSpec();
        exchange.Send(HandshakeType.Finished, verifyData, isProtected: true);
        exchange.EndFlight();
        schedule.Dispose();
        return Step.Complete(proof);
    }
}
