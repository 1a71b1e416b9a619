using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Our client said hello, perhaps with a cookie (RFC 6347 §4.2.1).</summary>
internal sealed class ExpectServerHello(byte[] random, byte[] hello, ushort helloSequence, int cookiesTaken) : HandshakeState
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

        var again = ClientHello.Write(random, cookie);
        exchange.BeginFlight();
        exchange.Send(HandshakeType.ClientHello, again, inTranscript: false);
        exchange.EndFlight();
        return Step.To(new ExpectServerHello(random, again, (ushort)(helloSequence + 1), cookiesTaken + 1));
    }

    private Step HandleServerHello(in HandshakeMessage message, FlightExchange exchange)
    {
        var fault = ServerHello.Parse(message.Body, out var answer);
        if (fault != DtlsFault.None)
        {
            return Step.Fail(fault);
        }

        if (exchange.Settings.RequireExtendedMasterSecret && !answer.Extensions.ExtendedMasterSecret)
        {
            return Step.Fail(DtlsFault.ExtendedMasterSecret);
        }

        // RFC 6347 §4.2.6: the transcript begins with the hello that was answered.
        exchange.Transcript.Add(HandshakeType.ClientHello, helloSequence, hello);
        exchange.Record(message);
        return Step.To(new ExpectServerCertificate(new Negotiated(new HelloRandoms(random, answer.Random), answer.Extensions)));
    }
}

internal sealed class ExpectServerCertificate(Negotiated negotiated) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.Certificate)
        {
            return Step.Unexpected;
        }

        if (!CertificateMessage.TryParse(message.Body, out var chain) || chain.Count == 0)
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        exchange.Record(message);
        return Step.To(new ExpectServerKeyExchange(negotiated, chain));
    }
}

internal sealed class ExpectServerKeyExchange(Negotiated negotiated, IReadOnlyList<byte[]> chain) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.ServerKeyExchange)
        {
            return Step.Unexpected;
        }

        var fault = ServerKeyExchange.Parse(message.Body, out var share);
        if (fault != DtlsFault.None)
        {
            return Step.Fail(fault);
        }

        exchange.Record(message);
        return Step.To(new ExpectServerHelloDone(negotiated, chain, share, certificateRequested: false));
    }
}

/// <summary>Waiting for the end of flight 4; a CertificateRequest may come before it, once.</summary>
internal sealed class ExpectServerHelloDone(
    Negotiated negotiated, IReadOnlyList<byte[]> chain, ServerKeyExchange share, bool certificateRequested) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type == HandshakeType.CertificateRequest && !certificateRequested)
        {
            var fault = CertificateRequest.Check(message.Body);
            exchange.Record(message);
            return fault != DtlsFault.None ? Step.Fail(fault)
                : Step.To(new ExpectServerHelloDone(negotiated, chain, share, certificateRequested: true));
        }

        if (message.Type != HandshakeType.ServerHelloDone)
        {
            return Step.Unexpected;
        }

        if (message.Body.Length != 0)
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        exchange.Record(message);
        exchange.Request(new VerifyServer(exchange.Settings, negotiated, chain, share));
        return Step.To(new AwaitServerVerification(negotiated, certificateRequested));
    }
}

internal sealed class AwaitServerVerification(Negotiated negotiated, bool certificateRequested) : HandshakeState
{
    public override bool AwaitsWork => true;

    public override Step HandleWork(DtlsWorkResult result, FlightExchange exchange)
    {
        var verified = (ServerVerified)result;
        if (verified.Fault != DtlsFault.None)
        {
            return Step.Fail(verified.Fault);
        }

        if (verified.Secret is not { } secret)
        {
            return Step.Refuse(verified.Verdict);
        }

        exchange.BeginFlight();
        if (certificateRequested)
        {
            exchange.Send(HandshakeType.Certificate, CertificateMessage.Write(exchange.Settings.Credentials.Chain));
        }

        exchange.Send(HandshakeType.ClientKeyExchange, ClientKeyExchange.Write(secret.Point));
        var sessionHash = exchange.Transcript.CurrentHash();
        var schedule = KeySchedule.Derive(
            secret.Premaster, negotiated.Randoms, negotiated.Extensions.ExtendedMasterSecret ? sessionHash : null);
        Array.Clear(secret.Premaster);
        var ready = new AwaitClientSignature(negotiated, schedule, verified.Verdict);
        if (!certificateRequested || exchange.Settings.Credentials.Chain.Count == 0)
        {
            return ready.Finish(exchange);
        }

        exchange.Request(new SignSessionHash(exchange.Settings.Credentials, sessionHash));
        return Step.To(ready);
    }
}

/// <summary>The proof that we hold our key is being signed; then flight 5 is whole and leaves.</summary>
internal sealed class AwaitClientSignature(Negotiated negotiated, KeySchedule schedule, PeerVerdict server) : HandshakeState
{
    public override bool AwaitsWork => true;

    public override Step HandleWork(DtlsWorkResult result, FlightExchange exchange)
    {
        var proof = new CertificateVerify(exchange.Settings.Credentials.Algorithm, ((SessionHashSigned)result).Signature);
        exchange.Send(HandshakeType.CertificateVerify, proof.ToBytes());
        return Finish(exchange);
    }

    public Step Finish(FlightExchange exchange)
    {
        var verifyData = schedule.ClientVerifyData(exchange.Transcript.CurrentHash());
        var keys = schedule.RecordKeys(negotiated.Randoms);
        exchange.Records.InstallWrite(keys.Client);
        exchange.SendChangeCipherSpec();
        exchange.Send(HandshakeType.Finished, verifyData, isProtected: true);
        exchange.EndFlight();
        var expected = schedule.ServerVerifyData(exchange.Transcript.CurrentHash());
        schedule.Dispose();
        return Step.To(new ExpectServerChangeCipherSpec(negotiated, keys.Server, expected, server));
    }
}

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

internal sealed class ExpectServerFinished(Negotiated negotiated, byte[] expected, PeerVerdict server) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.Finished)
        {
            return Step.Unexpected;
        }

        var proof = FinishedVerified.Check(expected, message.Body, server, negotiated.Extensions.ExtendedMasterSecret);
        exchange.BeginFlight();
        return proof is not null ? Step.Complete(proof) : Step.Fail(DtlsFault.FinishedMismatch);
    }
}
