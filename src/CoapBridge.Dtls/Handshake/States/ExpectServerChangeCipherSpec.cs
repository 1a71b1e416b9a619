using CoapBridge.Dtls.Records;

namespace CoapBridge.Dtls.Handshake.States;

internal sealed class ExpectServerChangeCipherSpec(
    Negotiated negotiated, RecordProtection readKeys, byte[] expected, PeerVerdict server) : HandshakeState
{
    public override bool TryHandleChangeCipherSpec(FlightExchange exchange, out Step step)
    {
        exchange.Records.InstallRead(readKeys);
        step = Step.To(new ExpectServerFinished(negotiated, expected, server));
        return true;
    }
}
