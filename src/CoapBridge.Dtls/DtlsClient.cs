using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Handshake.States;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Dtls;

/// <summary>The client role, for tools and tests.</summary>
public static class DtlsClient
{
    /// <summary>Begins a handshake; its first hello is ready to be taken.</summary>
    /// <param name="settings">Credentials, verifier, suites.</param>
    /// <param name="entropy">For the random.</param>
    /// <param name="now">The present.</param>
    /// <param name="connectionId">What we want to receive (RFC 9146 §3): empty for nothing, null for no Connection IDs at all.</param>
    /// <param name="session">To be resumed if the server still has it; null, erased, or of a suite that is not listed: a full handshake.</param>
    public static DtlsConnection Connect(
        DtlsSettings settings, IEntropy entropy, Instant now, byte[]? connectionId = null, DtlsSession? session = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(entropy);
        var random = new byte[ClientHello.RandomLength];
        entropy.Fill(random);
        var offer = new ClientOffer(
            random, connectionId, session is { IsErased: false } && settings.CipherSuites.Contains(session.Suite) ? session : null);
        var hello = offer.ToHello([], settings);
        var records = new RecordLayer(0);
        var exchange = new FlightExchange(settings, records, now, sendSequence: 0, receiveSequence: 0, MessageLimits.OfClient);
        exchange.BeginFlight();
        exchange.Send(HandshakeType.ClientHello, hello, inTranscript: false);
        exchange.EndFlight();
        exchange.Start(new ExpectServerHello(offer, hello, helloSequence: 0, cookiesTaken: 0));
        return new DtlsConnection(settings, records, exchange, now);
    }
}
