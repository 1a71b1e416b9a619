using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Handshake.States;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake;

/// <summary>
/// Runs one handshake: feeds the states with whole messages, sends their flights, and sends them again until the peer's
/// next flight is there (RFC 6347 §4.2.4):
/// <code>
///   PREPARING --> SENDING --> WAITING --(next flight is whole)--> PREPARING ... --> FINISHED
///                    ^-- time-out, or the peer repeats itself --'
/// </code>
/// Afterwards it stays for 240 s to repeat the last flight (RFC 6347 §4.2.4).
/// </summary>
internal sealed partial class FlightExchange : IDisposable
{
    private static readonly TimeSpan FinalFlightLife = TimeSpan.FromSeconds(240);

    private readonly Instant _deadline;
    private readonly Flight _flight = new();
    private readonly RetransmissionTimer _timer;
    private readonly Reassembler _reassembler;
    private HandshakeState? _state;
    private DtlsWork? _work;
    private bool _workTaken;
    private ushort _sendSequence;
    private Instant? _lingerUntil;
    private SessionId? _invalidated;

    public FlightExchange(
        DtlsSettings settings, RecordLayer records, Instant now, ushort sendSequence, ushort receiveSequence,
        Func<HandshakeType, int> maximumLength)
    {
        Settings = settings;
        Records = records;
        Now = now;
        _sendSequence = sendSequence;
        _reassembler = new Reassembler(receiveSequence, maximumLength);
        _timer = new RetransmissionTimer(settings.InitialTimeout);
        _deadline = now + settings.HandshakeTimeout;
    }

    public DtlsSettings Settings { get; }

    public RecordLayer Records { get; }

    public Transcript Transcript { get; } = new();

    /// <summary>The time of the call that is being handled.</summary>
    public Instant Now { get; private set; }

    /// <summary>The secret of this handshake, when the settings want it told.</summary>
    public string? KeyLogLine { get; private set; }

    /// <summary>Set when both sides are done.</summary>
    public FinishedVerified? Completed { get; private set; }

    /// <summary>Set when the handshake failed.</summary>
    public DtlsEvent.HandshakeFailed? Failed { get; private set; }

    /// <summary>The session of an abbreviated handshake, once its keys are in use.</summary>
    public SessionId? Resuming { get; set; }

    public Instant? NextDeadline => Completed is not null ? _lingerUntil
        : Instant.Earliest(_state is { AwaitsWork: true } ? null : _timer.Deadline, _deadline);

    /// <summary>Bytes of the peer's messages that are kept.</summary>
    public int Kept => _reassembler.Kept;

    public void Start(HandshakeState state) => _state = state;

    /// <summary>Takes the fragments of one record.</summary>
    public RecordOutcome HandleHandshake(Instant now, ReadOnlySpan<byte> content, bool isProtected)
    {
        Now = now;
        var outcome = RecordOutcome.HandshakeDiscarded;
        var reader = new WireReader(content);
        while (reader.HasMore && Failed is null && Completed is null)
        {
            // Finished is the one message of epoch 1; everything else belongs to epoch 0 (RFC 6347 §4.2.4).
            if (!HandshakeHeader.TryRead(ref reader, out var header, out var fragment)
                || (header.Type == HandshakeType.Finished) != isProtected)
            {
                return outcome;
            }

            switch (_reassembler.Add(header, fragment))
            {
                case FragmentOutcome.Taken:
                    outcome = RecordOutcome.Handshake;
                    Advance();
                    break;
                case FragmentOutcome.Old:
                    outcome = RecordOutcome.Handshake;
                    RepeatFlight(now);
                    break;
                case FragmentOutcome.TooLong:
                    Fail(header.Type == HandshakeType.Certificate ? DtlsFault.CertificateTooLarge : DtlsFault.DecodeError);
                    break;
                case FragmentOutcome.Unexpected:
                    Fail(DtlsFault.UnexpectedMessage);
                    break;
            }
        }

        return outcome;
    }

    public RecordOutcome HandleChangeCipherSpec(Instant now, ReadOnlySpan<byte> body)
    {
        Now = now;

        // RFC 5246 §7.1: the message is a single byte of value 1.
        if (body is not [1] || _state is null || !_state.TryHandleChangeCipherSpec(this, out var step))
        {
            return RecordOutcome.HandshakeDiscarded;
        }

        Apply(step);
        return RecordOutcome.Handshake;
    }

    public void HandleWork(Instant now, DtlsWorkResult result)
    {
        if (_state is null || !ReferenceEquals(result.Work, _work))
        {
            result.Abandon();
            return;
        }

        Now = now;
        _work = null;
        if (result.Error is { } error)
        {
            FailWith($"internal_error: {error.GetType().Name}", AlertDescription.InternalError, null);
            return;
        }

        _timer.Resume(now);
        Apply(_state.HandleWork(result, this));
        Advance();
    }

    public void HandleTimeout(Instant now)
    {
        Now = now;
        if (Completed is not null || Failed is not null)
        {
            return;
        }

        if (now >= _deadline)
        {
            FailWith("time_out", null, null);
        }
        else if (_state is { AwaitsWork: false } && _timer.Deadline <= now)
        {
            if (_timer.TryRetransmit(now))
            {
                _flight.Restart();
            }
            else
            {
                FailWith("time_out", null, null);
            }
        }
    }

    /// <summary>
    /// The last flight was not heard: it is sent again, at most twice a time-out (RFC 6347 §4.2.4). While our own work keeps
    /// the peer waiting it was heard, and answering would only feed a storm.
    /// </summary>
    public void RepeatFlight(Instant now)
    {
        if (_state is not { AwaitsWork: true } && !_flight.IsEmpty && !_flight.HasMore && _timer.TryAnswerRetransmission(now))
        {
            _flight.Restart();
        }
    }

    public bool TryTakeWork(out DtlsWork work)
    {
        work = _work!;
        var isNew = _work is not null && !_workTaken;
        _workTaken = true;
        return isNew;
    }

    public bool TryTakeInvalidated(out SessionId session)
    {
        var isThere = _invalidated is not null;
        session = _invalidated.GetValueOrDefault();
        _invalidated = null;
        return isThere;
    }

    public int WriteDatagram(Span<byte> buffer)
    {
        var size = Math.Min(FlightDatagram, buffer.Length);
        return _flight.HasMore ? _flight.WriteDatagram(Records, buffer[..size]) : 0;
    }

    /// <summary>
    /// RFC 6347 §4.1.1.1: when nothing comes back, the datagrams may have been too large for the path. And who limits its
    /// records (RFC 6066 §4) may have no more memory for a datagram than for one of them.
    /// </summary>
    private int FlightDatagram
    {
        get
        {
            const int Small = 508;
            const int Smallest = 228;
            const int HeaderRoom = 64;
            var size = _timer.Retransmissions switch
            {
                < 2 => Settings.MaximumDatagram,
                < 4 => Small,
                _ => Smallest,
            };
            var limited = Math.Min(Math.Min(size, Settings.MaximumDatagram), Math.Max(Smallest, Records.MaximumContent + HeaderRoom));

            // A Finished with the peer's Connection ID, which may be long (RFC 9146 §3), is never more than one datagram.
            return Math.Max(limited, Records.Overhead(isProtected: true) + HandshakeHeader.Length + KeySchedule.VerifyDataLength);
        }
    }

    public void Dispose()
    {
        Transcript.Dispose();
        _state?.Abandon();
        _state = null;
        _work = null;
    }

    private void Advance()
    {
        while (_state is { AwaitsWork: false } && _reassembler.TryTakeNext(out var message))
        {
            Apply(_state.Handle(message, this));
        }
    }

    private void Apply(in Step step)
    {
        if (step.Fault != DtlsFault.None)
        {
            Fail(step.Fault);
        }
        else if (step.Refusal is { } verdict)
        {
            FailWith(verdict.Reason, verdict.Alert, verdict);
        }
        else if (step.Proof is { } proof)
        {
            Completed = proof;
            _timer.Stop();
            _lingerUntil = _flight.IsEmpty ? null : Now + FinalFlightLife;
            Dispose();
        }
        else if (step.Next is { } next)
        {
            _state = next;
        }
    }

    private void Fail(DtlsFault fault) => FailWith(fault.ToWord(), fault.ToAlert(), null);

    private void FailWith(string reason, AlertDescription? alert, PeerVerdict? peer)
    {
        Failed = new DtlsEvent.HandshakeFailed(reason, alert, peer);
        _flight.Clear();
        Dispose();
    }
}
