namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Everything of flight 5 but its end is here; certificate, proof and secret are being worked out.</summary>
internal sealed class AwaitClientVerification(Negotiated negotiated, IReadOnlyList<byte[]> chain) : HandshakeState
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

        var next = new ExpectClientChangeCipherSpec(negotiated, schedule, new VerifiedPeer(verified.Verdict, chain));
        return _changeCipherSpecCame && next.TryHandleChangeCipherSpec(exchange, out var step) ? step : Step.To(next);
    }
}
