using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz.Dtls;

/// <summary>
/// One side of a handshake, against the datagrams of honest ones: as they are, changed, in another order, with work that
/// takes its time.
/// <code>
/// 0 datagram | 1 (work is done) | 2 ms/16 (2) (time passes) | 3 (we send data) | 4 (we close)
/// </code>
/// </summary>
internal abstract class HandshakeTarget : FuzzTarget
{
    protected static readonly Instant Start = new(1L << 50);

    private readonly byte[] _buffer = new byte[2048];
    private readonly Queue<DtlsWork> _work = [];
    private Dialogue _dialogue = null!;
    private int _position;
    private bool _workIsNext;
    private int _sessions;
    private int _events;
    private int _connected;

    /// <summary>What the target sent since the last step.</summary>
    public List<byte[]> Sent { get; } = [];

    public DtlsConnection? Connection { get; protected set; }

    /// <summary>What the last full handshake left to be resumed.</summary>
    public DtlsSession? Session { get; private set; }

    protected Instant Now { get; private set; }

    /// <summary>Which dialogue the session follows.</summary>
    protected abstract IReadOnlyList<Dialogue> Dialogues { get; }

    public override string Reached => $"; {_connected:N0} handshakes completed";

    public override void Begin()
    {
        Now = Start;
        Connection = null;
        _work.Clear();
        _events = 0;
        Sent.Clear();
    }

    public override void Plan(Mutator mutator)
    {
        _dialogue = mutator.Pick(Dialogues);
        _position = 0;
        _workIsNext = false;
        Follow(_dialogue);
    }

    public override byte[] Next(Mutator mutator)
    {
        if (_workIsNext && mutator.Chance(70))
        {
            _workIsNext = false;
            return [1];
        }

        var honest = HeardBy(_dialogue);
        var roll = mutator.Below(100);
        if (roll < 45 && _position < honest.Count)
        {
            _workIsNext = true;
            return [0, .. honest[_position++]];
        }

        var near = Math.Clamp(_position + mutator.Below(4) - 2, 0, honest.Count - 1);
        var other = mutator.Pick(HeardBy(mutator.Pick(Dialogues)));
        return roll switch
        {
            < 85 => [0, .. RecordSurgeon.Change(mutator, mutator.Chance(70) ? honest[near] : other, other)],
            < 90 => [1],
            < 94 => [2, (byte)mutator.Below(1 << mutator.Below(7)), (byte)mutator.Below(256)],
            < 96 => [(byte)(3 + mutator.Below(2))],
            _ => [0, .. RecordSurgeon.Noise(mutator)],
        };
    }

    public override void Apply(byte[] step)
    {
        Sent.Clear();
        switch (step[0])
        {
            case 0:
                Deliver(step[1..]);
                break;
            case 1:
                RunWork();
                break;
            case 2:
                Pass(TimeSpan.FromMilliseconds(16 * ((step[1] << 8) | step[2])));
                break;
            case 3:
                Connection?.TrySeal(SealedNote.Of(1), _buffer, out _);
                break;
            default:
                Connection?.Close();
                break;
        }

        Drain();
    }

    public override void End()
    {
        RunWork();
        Pass(TimeSpan.FromSeconds(500));
        Require(Connection is null or { IsEstablished: true } or { IsClosed: true }, "neither established nor closed after all deadlines");
        Require(Connection is not { IsClosed: true, NextDeadline: not null }, "closed, and still waits for something");
        Require(Connection is not { Kept: > 0 }, "something is left of the handshake");

        // A handshake that nobody disturbs completes, now and then asked.
        if (_sessions++ % 256 == 0 && Dialogue.AreReady)
        {
            ReplayHonestly();
        }
    }

    /// <summary>The datagrams of a dialogue that come to this side.</summary>
    protected abstract IReadOnlyList<byte[]> HeardBy(Dialogue dialogue);

    /// <summary>The session is about this dialogue.</summary>
    protected virtual void Follow(Dialogue dialogue)
    {
    }

    /// <summary>A datagram comes in.</summary>
    protected abstract void Deliver(byte[] datagram);

    protected void Read(DtlsConnection connection, byte[] datagram)
    {
        var rest = datagram.AsSpan();
        while (!rest.IsEmpty)
        {
            var outcome = connection.HandleRecord(Now, ref rest, out var data);
            if (outcome == RecordOutcome.ApplicationData)
            {
                Require(connection.IsEstablished, "application data before the handshake was done");
                Require(SealedNote.TryRead(data, out _), "application data that nobody sent");
            }
        }

        Require(connection.Kept <= DtlsConnection.MaximumKept, "more is kept than may be");
    }

    protected virtual DtlsWorkResult Run(DtlsWork work) =>
        work is SessionLookup lookup ? lookup.Answer(Dialogue.SessionOfServer(lookup.Id)) : work.Run(FixedParty.Time);

    private void ReplayHonestly()
    {
        foreach (var dialogue in Dialogues)
        {
            Begin();
            Follow(dialogue);
            foreach (var datagram in HeardBy(dialogue))
            {
                Apply([0, .. datagram]);
                Apply([1]);
            }

            Require(Connection is { IsEstablished: true }, "an honest handshake does not complete any more");
        }
    }

    private void RunWork()
    {
        while (_work.TryDequeue(out var work))
        {
            Connection!.HandleWork(Now, Run(work));
            Drain();
        }
    }

    private void Pass(TimeSpan time)
    {
        var end = Now + time;
        for (var turns = 0; Connection?.NextDeadline is { } due && due <= end; turns++)
        {
            Require(turns < 1000, "time stands still");
            Now = due > Now ? due : Now;
            Connection.HandleTimeout(Now);
            Drain();
        }

        Now = end;
    }

    private void Drain()
    {
        if (Connection is not { } connection)
        {
            return;
        }

        while (connection.TryTakeWork(out var work))
        {
            _work.Enqueue(work);
        }

        var datagrams = 0;
        while (connection.TryTakeTransmit(_buffer, out var length))
        {
            Require(++datagrams < 200, "does not stop sending");
            Sent.Add(_buffer[..length]);
        }

        while (connection.TryTakeEvent(out var what))
        {
            Require(++_events < 20, "too many events");
            Session = (what as DtlsEvent.HandshakeCompleted)?.Session ?? Session;
            _connected += what is DtlsEvent.HandshakeCompleted ? 1 : 0;
        }
    }
}
