using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake;

/// <content>What the states ask for.</content>
internal sealed partial class FlightExchange
{
    /// <summary>Begins the next flight; what the last one held was heard.</summary>
    public void BeginFlight() => _flight.Clear();

    /// <summary>Adds a message to the flight and, unless told otherwise, to the transcript.</summary>
    public void Send(HandshakeType type, byte[] body, bool isProtected = false, bool inTranscript = true)
    {
        if (inTranscript)
        {
            Transcript.Add(type, _sendSequence, body);
        }

        _flight.Add(type, _sendSequence++, body, isProtected);
    }

    public void SendChangeCipherSpec() => _flight.AddChangeCipherSpec();

    public void EndFlight() => _timer.Start(Now);

    /// <summary>A session must not be resumed again; its owner is told.</summary>
    public void Invalidate(SessionId? session) => _invalidated = session;

    public void Record(in HandshakeMessage message) => Transcript.Add(message.Type, message.MessageSequence, message.Body);

    public void Request(DtlsWork work)
    {
        _work = work;
        _workTaken = false;
    }

    /// <summary>The secrets are there; they are told if somebody asked for it.</summary>
    public void Tell(KeySchedule schedule, HelloRandoms randoms) =>
        KeyLogLine = Settings.TellsSecrets ? schedule.KeyLogLine(randoms) : null;
}
