using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Our client said hello, perhaps with a cookie (RFC 6347 §4.2.1).</summary>
internal sealed class ExpectServerHello(
    byte[] random, byte[]? connectionId, byte[] hello, ushort helloSequence, int cookiesTaken) : HandshakeState
{
    /// <summary>A server whose cookie expired under way asks once more; one that always asks is broken.</summary>
    private const int MaximumCookies = 3;

    public override Step Handle(in HandshakeMessage message, FlightExchange exchange) => message.Type switch
    {
        HandshakeType.HelloVerifyRequest => HandleVerifyRequest(message, exchange),
        HandshakeType.ServerHello => HandleServerHello(message, exchange),
        _ => Step.Unexpected,
    };

    private Step HandleVerifyRequest(in HandshakeMessage message, FlightExchange exchange)
    {
        if (cookiesTaken == MaximumCookies || !HelloVerifyRequest.TryParse(message.Body, out var cookie))
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        var again = ClientHello.Write(random, cookie, exchange.Settings, connectionId);
        exchange.BeginFlight();
        exchange.Send(HandshakeType.ClientHello, again, inTranscript: false);
        exchange.EndFlight();
        return Step.To(new ExpectServerHello(random, connectionId, again, (ushort)(helloSequence + 1), cookiesTaken + 1));
    }

    private Step HandleServerHello(in HandshakeMessage message, FlightExchange exchange)
    {
        var fault = ServerHello.Parse(message.Body, out var answer);
        if (fault != DtlsFault.None || answer is null)
        {
            return Step.Fail(fault);
        }

        // RFC 5246 §7.4.1.3: only what was offered.
        if (!exchange.Settings.CipherSuites.Contains((DtlsCipherSuite)answer.CipherSuite))
        {
            return Step.Fail(DtlsFault.IllegalParameter);
        }

        // RFC 5246 §7.4.1.4: answers to what we did not offer.
        var unasked = answer.Extensions is { ServerName: true } or { MaxFragmentLength: > 0 } or { RecordSizeLimit: true };
        unasked |= answer.Extensions.ReturnRoutability && (connectionId is null || !exchange.Settings.OffersReturnRoutability);
        if (unasked || (answer.Extensions.ConnectionId is not null && connectionId is null))
        {
            return Step.Fail(DtlsFault.UnsupportedExtension);
        }

        if (answer.Extensions.ConnectionId is { } wanted && connectionId is not null)
        {
            exchange.Records.SendConnectionId = wanted;
            exchange.Records.ReceiveConnectionId = connectionId;
            exchange.Records.ReturnRoutability = answer.Extensions.ReturnRoutability;
        }

        if (exchange.Settings.RequireExtendedMasterSecret && !answer.Extensions.ExtendedMasterSecret)
        {
            return Step.Fail(DtlsFault.ExtendedMasterSecret);
        }

        // RFC 6347 §4.2.6: the transcript begins with the hello that was answered.
        exchange.Transcript.Add(HandshakeType.ClientHello, helloSequence, hello);
        exchange.Record(message);
        return Step.To(new ExpectServerCertificate(new Negotiated(
            new HelloRandoms(random, answer.Random), (DtlsCipherSuite)answer.CipherSuite, answer.Extensions)));
    }
}
