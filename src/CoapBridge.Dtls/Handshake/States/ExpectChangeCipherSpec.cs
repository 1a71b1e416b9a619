using CoapBridge.Dtls.Records;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>The peer's next records are protected, and its keys are there (RFC 5246 §7.1).</summary>
internal sealed class ExpectChangeCipherSpec(RecordProtection readKeys, HandshakeState next) : HandshakeState
{
    public override bool TryHandleChangeCipherSpec(FlightExchange exchange, out Step step)
    {
        exchange.Records.InstallRead(readKeys);
        step = Step.To(next);
        return true;
    }

    public override void Abandon() => next.Abandon();
}
