using System.Net.Sockets;
using System.Threading.Channels;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Network;
using CoapBridge.Tools.Fleet;
using CoapBridge.Wire;

namespace CoapBridge.Tools.Load;

/// <summary>One thread's part of a run: its devices, and each second the figures of that second.</summary>
/// <param name="plan">The part of this thread: its share of the rate.</param>
/// <param name="target">Its devices.</param>
/// <param name="figures">Takes a value each second.</param>
/// <param name="over">Ends it.</param>
internal sealed class LoadThread(LoadPlan plan, LoadTarget target, ChannelWriter<LoadFigures> figures, CancellationToken over)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Before a device that was refused or lost its connection comes again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>At the end, for answers to what is under way.</summary>
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(5);

    private readonly DtlsSession?[] _sessions = new DtlsSession?[target.Devices.Count];
    private readonly FleetLine?[] _lines = new FleetLine?[target.Devices.Count];
    private readonly PriorityQueue<int, long> _toConnect = new();
    private readonly Instant _start = Clock.Now;
    private LoadFigures _current = new();
    private int _handshaking;
    private int _connected;
    private int _turn;
    private Instant _nextDue;
    private bool _stopping;

    public void Run()
    {
        using var loop = new FleetLoop(target.Server);
        for (var number = 0; number < target.Devices.Count; number++)
        {
            _toConnect.Enqueue(number, (_start + (plan.Ramp * number / target.Devices.Count)).Ticks);
        }

        _nextDue = _start;
        var second = _start + Second;
        while (!over.IsCancellationRequested && (plan.Duration is not { } length || Clock.Now < _start + length))
        {
            var now = Clock.Now;
            Connect(loop, now);
            Pace(loop, now);
            loop.Turn(WaitTime(now, second));
            Follow(loop);
            if (Clock.Now >= second)
            {
                Tell();
                second += Second;
            }
        }

        Finish(loop);
        Tell();
        figures.TryComplete();
    }

    private void Connect(FleetLoop loop, Instant now)
    {
        while (_handshaking < plan.AtATime && _toConnect.TryPeek(out var number, out var due) && due <= now.Ticks && MayHandshake(now))
        {
            _toConnect.Dequeue();
            try
            {
                var session = plan.Mode == LoadMode.Handshake ? null : _sessions[number];
                _lines[number] = loop.Connect(number, target.Devices[number], plan.Window, plan.ConnectionIds ? [] : null, session);
                _handshaking++;
            }
            catch (SocketException exception)
            {
                LoadFigures.Count(_current.Refusals, $"no socket: {exception.Message}");
                Again(number, now + Pause);
            }
        }
    }

    /// <summary>In the modes that only connect, the rate is theirs.</summary>
    private bool MayHandshake(Instant now)
    {
        if (plan.Mode == LoadMode.Traffic || plan.Rate is not { } rate)
        {
            return true;
        }

        if (_nextDue > now)
        {
            return false;
        }

        _nextDue = Later(_nextDue, now - Second) + (Second / rate);
        return true;
    }

    /// <summary>Sends what the rate has due; without a rate each answer is followed by the next request.</summary>
    private void Pace(FleetLoop loop, Instant now)
    {
        if (plan.Mode != LoadMode.Traffic || plan.Rate is not { } rate || _connected == 0)
        {
            _nextDue = plan.Mode == LoadMode.Traffic ? now : _nextDue;
            return;
        }

        // After a pause of the machine's the turns of one second are made up for, not all.
        for (_nextDue = Later(_nextDue, now - Second); _nextDue <= now; _nextDue += Second / rate)
        {
            if (NextConnected() is not { } line)
            {
                return;
            }

            if (!Begin(loop, line))
            {
                _current.Skipped++;
            }
        }
    }

    private FleetLine? NextConnected()
    {
        for (var count = 0; count < _lines.Length; count++)
        {
            _turn = (_turn + 1) % _lines.Length;
            if (_lines[_turn] is { Device.IsConnected: true } line)
            {
                return line;
            }
        }

        return null;
    }

    private bool Begin(FleetLoop loop, FleetLine line)
    {
        if (!loop.TryBegin(line, target.Request))
        {
            return false;
        }

        _current.Sent++;
        return true;
    }

    private void Follow(FleetLoop loop)
    {
        while (loop.TryTakeChanged(out var line))
        {
            while (line.Device.TryTakeOutcome(out var outcome))
            {
                Note(outcome);
            }

            if (line.Device.IsClosed || (line.IsUnreachable && !line.Device.IsConnected))
            {
                HandleEnd(loop, line);
            }
            else if (line.Device.IsConnected)
            {
                HandleConnected(loop, line);
            }
        }
    }

    private void HandleConnected(FleetLoop loop, FleetLine line)
    {
        if (!line.IsKnown)
        {
            line.IsKnown = true;
            _handshaking--;
            _connected++;
            _current.Handshakes++;
            _current.Resumed += line.Device.IsResumed ? 1 : 0;
            _current.HandshakeTimes.Add(line.Device.HandshakeTime!.Value);
            _sessions[line.Number] = line.Device.Session ?? _sessions[line.Number];
        }

        if (plan.Mode != LoadMode.Traffic)
        {
            End(loop, line);
            Again(line.Number, Clock.Now);
        }
        else if (plan.Rate is null && !_stopping)
        {
            while (Begin(loop, line))
            {
                // The window is filled.
            }
        }
    }

    private void HandleEnd(FleetLoop loop, FleetLine line)
    {
        var reason = line.IsUnreachable ? "nothing listens there" : line.Device.Failure ?? "closed";
        LoadFigures.Count(line.IsKnown ? _current.Disconnects : _current.Refusals, reason);
        _current.Lost += line.Device.UnderWay;
        End(loop, line);
        Again(line.Number, Clock.Now + Pause);
    }

    private void End(FleetLoop loop, FleetLine line)
    {
        _handshaking -= line.IsKnown ? 0 : 1;
        _connected -= line.IsKnown ? 1 : 0;
        _lines[line.Number] = null;
        loop.Close(line);
    }

    private void Again(int number, Instant when) => _toConnect.Enqueue(number, when.Ticks);

    private void Note(in FleetOutcome outcome)
    {
        _current.Repeated += outcome.Retransmissions;
        if (outcome.Code.IsEmpty)
        {
            _current.Lost++;
            return;
        }

        _current.Codes[outcome.Code.Value]++;
        _current.RequestTimes.Add(outcome.Elapsed);
    }

    /// <summary>Nothing new is begun; what is under way may still be answered, then everybody says close_notify.</summary>
    private void Finish(FleetLoop loop)
    {
        _stopping = true;
        for (var end = Clock.Now + LastAnswers; Clock.Now < end && _lines.Any(line => line is { Device.UnderWay: > 0 });)
        {
            loop.Turn(Second / 10);
            Follow(loop);
        }

        foreach (var line in _lines.OfType<FleetLine>().ToList())
        {
            _current.Lost += line.Device.UnderWay;
            End(loop, line);
        }
    }

    private void Tell()
    {
        _current.Connected = _connected;
        figures.TryWrite(_current);
        _current = new LoadFigures();
    }

    private TimeSpan WaitTime(Instant now, Instant second)
    {
        var next = second;
        if (_handshaking < plan.AtATime && _toConnect.TryPeek(out _, out var due))
        {
            var begin = new Instant(due);
            next = Earlier(next, plan.Mode != LoadMode.Traffic && plan.Rate is not null ? Later(begin, _nextDue) : begin);
        }

        if (plan is { Mode: LoadMode.Traffic, Rate: not null } && _connected > 0)
        {
            next = Earlier(next, _nextDue);
        }

        return next > now ? next - now : TimeSpan.Zero;
    }

    private static Instant Later(Instant first, Instant second) => first > second ? first : second;

    private static Instant Earlier(Instant first, Instant second) => first < second ? first : second;
}
