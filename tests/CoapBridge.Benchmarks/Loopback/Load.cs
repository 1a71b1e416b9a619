using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Network;
using CoapBridge.Tools.Fleet;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>Makes a server work, from one thread.</summary>
internal sealed class Load(ServerUnderTest server, IReadOnlyList<DtlsSettings> devices) : IDisposable
{
    private const int ConnectAtATime = 50;

    /// <summary>More than one, so that a request whose datagram was lost does not hold up the next.</summary>
    private const int Window = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FleetLoop _loop = new(server.EndPoint);
    private int _next;

    /// <summary>So many handshakes, some at a time; each connection is closed again.</summary>
    public void Handshake(int count, int atATime, CancellationToken over = default) => Handshake(count, atATime, () => null, Close, over);

    /// <summary>The sessions that so many full handshakes leave.</summary>
    public List<DtlsSession> Sessions(int count)
    {
        var sessions = new List<DtlsSession>();
        Handshake(count, 1, () => null, line =>
        {
            sessions.Add(line.Device.Session ?? throw new InvalidOperationException($"{server.Name} keeps no sessions."));
            _loop.Close(line);
        }, default);
        return sessions;
    }

    /// <summary>So many abbreviated handshakes, with these sessions in turn.</summary>
    public void Resume(int count, int atATime, List<DtlsSession> sessions) => Handshake(count, atATime, () => sessions[_next % sessions.Count], line =>
    {
        Require(line.Device.IsResumed, "a resumed handshake");
        _loop.Close(line);
    }, default);

    /// <summary>So many devices that stay connected.</summary>
    public FleetLine[] Connect(int count)
    {
        var lines = new List<FleetLine>();
        Handshake(count, ConnectAtATime, () => null, lines.Add, default);
        return [.. lines];
    }

    /// <summary>Every device has one request under way; when all are answered, the next round begins.</summary>
    public void Post(FleetLine[] lines, int rounds, FleetRequest request, CoapCode expected)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var line in lines)
            {
                Require(_loop.TryBegin(line, request), "a connection");
            }

            for (var open = lines.Length; open > 0;)
            {
                _loop.Turn(Patience);
                while (_loop.TryTakeChanged(out var line))
                {
                    while (line.Device.TryTakeOutcome(out var outcome))
                    {
                        Require(outcome.Code == expected, $"{expected} (came {outcome.Code})");
                        open--;
                    }
                }
            }
        }
    }

    /// <summary>So many devices in turn post each time that the interval has passed, whatever became of what they posted before.</summary>
    public void PostOn(FleetLine[] lines, int atATime, TimeSpan interval, FleetRequest request, CancellationToken over)
    {
        for (var next = 0; !over.IsCancellationRequested;)
        {
            for (var due = Clock.Now + interval; Clock.Now < due;)
            {
                _loop.Turn(due - Clock.Now);
                while (_loop.TryTakeChanged(out var line))
                {
                    while (line.Device.TryTakeOutcome(out _))
                    {
                    }
                }
            }

            for (var count = 0; count < atATime; count++)
            {
                _loop.TryBegin(lines[next++ % lines.Length], request);
            }
        }
    }

    /// <summary>One request and its answer: how long it took, at most so long.</summary>
    public TimeSpan Time(FleetLine line, FleetRequest request, TimeSpan limit)
    {
        Require(_loop.TryBegin(line, request), "a connection");
        for (var start = Clock.Now; Clock.Now - start < limit;)
        {
            _loop.Turn(limit);
            while (_loop.TryTakeChanged(out var changed))
            {
                if (changed.Device.TryTakeOutcome(out var outcome))
                {
                    return outcome.Elapsed;
                }
            }
        }

        return limit;
    }

    /// <summary>Ends a device.</summary>
    public void Close(FleetLine line) => _loop.Close(line);

    public void Dispose() => _loop.Dispose();

    private void Handshake(int count, int atATime, Func<DtlsSession?> session, Action<FleetLine> connected, CancellationToken over)
    {
        var (begun, done) = (0, 0);
        while (done < count && !over.IsCancellationRequested)
        {
            for (; begun < count && begun - done < atATime; begun++)
            {
                var offered = session();
                _loop.Connect(_next, devices[_next++ % devices.Count] with { Verifier = server.Verifier }, Window, session: offered);
            }

            _loop.Turn(Patience);
            while (_loop.TryTakeChanged(out var line))
            {
                Require(!line.Device.IsClosed, $"a handshake: {line.Device.Failure}");
                if (line.Device.IsConnected && !line.IsKnown)
                {
                    line.IsKnown = true;
                    done++;
                    connected(line);
                }
            }
        }
    }

    private void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{server.Name} owes {what}.");
        }
    }
}
