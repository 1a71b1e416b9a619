using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>The client is who it says; its keys are ready (RFC 5246 §7.1).</summary>
internal sealed class ExpectClientChangeCipherSpec(Negotiated negotiated, KeySchedule schedule, VerifiedPeer client) : HandshakeState
{
    public override bool TryHandleChangeCipherSpec(FlightExchange exchange, out Step step)
    {
        exchange.Tell(schedule, negotiated.Randoms);
        var keys = schedule.RecordKeys(negotiated.Suite, negotiated.Randoms);
        exchange.Records.InstallRead(keys.Client);
        step = Step.To(new ExpectClientFinished(negotiated, schedule, client, keys.Server));
        return true;
    }

    public override void Abandon() => schedule.Dispose();
}
