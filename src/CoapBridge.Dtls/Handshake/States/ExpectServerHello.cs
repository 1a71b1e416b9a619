using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Our client said hello, perhaps with a cookie (RFC 6347 §4.2.1).</summary>
internal sealed class ExpectServerHello(
    ClientOffer offer, byte[] hello, ushort helloSequence, int cookiesTaken) : HandshakeState
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

        var again = offer.ToHello(cookie, exchange.Settings);
        exchange.BeginFlight();
        exchange.Send(HandshakeType.ClientHello, again, inTranscript: false);
        exchange.EndFlight();
        return Step.To(new ExpectServerHello(offer, again, (ushort)(helloSequence + 1), cookiesTaken + 1));
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
        unasked |= answer.Extensions.ReturnRoutability && (offer.ConnectionId is null || !exchange.Settings.OffersReturnRoutability);
        if (unasked || (answer.Extensions.ConnectionId is not null && offer.ConnectionId is null))
        {
            return Step.Fail(DtlsFault.UnsupportedExtension);
        }

        if (answer.Extensions.ConnectionId is { } wanted && offer.ConnectionId is { } ours)
        {
            exchange.Records.SendConnectionId = wanted;
            exchange.Records.ReceiveConnectionId = ours;
            exchange.Records.ReturnRoutability = answer.Extensions.ReturnRoutability;
        }

        if (exchange.Settings.RequireExtendedMasterSecret && !answer.Extensions.ExtendedMasterSecret)
        {
            return Step.Fail(DtlsFault.ExtendedMasterSecret);
        }

        // RFC 6347 §4.2.6: the transcript begins with the hello that was answered.
        exchange.Transcript.Add(HandshakeType.ClientHello, helloSequence, hello);
        exchange.Record(message);
        var negotiated = new Negotiated(new HelloRandoms(offer.Random, answer.Random), (DtlsCipherSuite)answer.CipherSuite, answer.Extensions)
        {
            SessionId = answer.SessionId.Length > 0 ? new SessionId(answer.SessionId) : null,
        };
        return offer.Session is { } session && session.Id == negotiated.SessionId
            ? Resume(session, negotiated, exchange)
            : Step.To(new ExpectServerCertificate(negotiated));
    }

    /// <summary>The id is ours once more: flight 2 of the abbreviated handshake goes on with ChangeCipherSpec (RFC 5246 §7.3).</summary>
    private static Step Resume(DtlsSession session, Negotiated negotiated, FlightExchange exchange)
    {
        if (negotiated.Suite != session.Suite)
        {
            return Step.Fail(DtlsFault.IllegalParameter);
        }

        // RFC 7627 §5.3: the session has it, so an answer without it ends the handshake.
        if (!negotiated.Extensions.ExtendedMasterSecret || session.CopySchedule() is not { } schedule)
        {
            return Step.Fail(DtlsFault.ExtendedMasterSecret);
        }

        exchange.Tell(schedule, negotiated.Randoms);
        var keys = schedule.RecordKeys(session.Suite, negotiated.Randoms);
        return Step.To(new ExpectChangeCipherSpec(keys.Server, new ExpectResumedServerFinished(schedule, keys.Client, session)));
    }
}
