using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>
/// One thing that a handshake waits for, with exactly the data that exists at that point. What a state does not expect
/// ends the handshake, except ChangeCipherSpec, which the network may have brought too early (RFC 6347 §4.2.8).
/// </summary>
internal abstract class HandshakeState
{
    /// <summary>The result of a <see cref="DtlsWork"/> is awaited; handshake messages stay where they are until then.</summary>
    public virtual bool AwaitsWork => false;

    public virtual Step Handle(in HandshakeMessage message, FlightExchange exchange) => Step.Unexpected;

    /// <summary>True when the ChangeCipherSpec was of use.</summary>
    public virtual bool TryHandleChangeCipherSpec(FlightExchange exchange, out Step step)
    {
        step = Step.Stay;
        return false;
    }

    public virtual Step HandleWork(DtlsWorkResult result, FlightExchange exchange) => Step.Stay;

    /// <summary>The handshake ends in this state: keys and secrets that only it holds are erased.</summary>
    public virtual void Abandon()
    {
    }
}
