using System.Globalization;
using System.Net;
using System.Text;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Network;
using CoapBridge.Tools.Fleet;
using CoapBridge.Wire;

namespace CoapBridge.Soak;

/// <summary>
/// Devices that post telemetry and events, one message at a time each, and live as devices do: they leave and resume, lose their power,
/// come from another address. Among them strangers, who must not get in. One thread.
/// </summary>
internal sealed class SoakFleet
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    private readonly FleetLoop _loop;
    private readonly Ledger _ledger;
    private readonly Random _random;
    private readonly Member[] _members;
    private readonly TimeSpan _pause;
    private readonly PriorityQueue<Member, long> _due = new();
    private volatile bool _isPosting = true;
    private volatile bool _isOver;
    private Thread? _thread;

    /// <param name="door">The gateway.</param>
    /// <param name="devices">Each with its name.</param>
    /// <param name="strangers">Whom the gateway must refuse.</param>
    /// <param name="rate">Messages a second of all.</param>
    /// <param name="ledger">What they are told.</param>
    /// <param name="seed">Of what they do.</param>
    public SoakFleet(IPEndPoint door, IReadOnlyList<(string Name, DtlsSettings Settings)> devices, IReadOnlyList<DtlsSettings> strangers, double rate, Ledger ledger, int seed)
    {
        _loop = new FleetLoop(door);
        _ledger = ledger;
        _random = new Random(seed);
        _members =
        [
            .. devices.Select((device, number) => new Member(number, device.Name, device.Settings, IsStranger: false)),
            .. strangers.Select((stranger, number) => new Member(devices.Count + number, $"stranger-{number + 1}", stranger, IsStranger: true)),
        ];
        _pause = TimeSpan.FromSeconds(devices.Count / rate);
        Newest = new int[devices.Count];
    }

    /// <summary>The number of each device's newest message.</summary>
    public int[] Newest { get; }

    /// <summary>What must not be: a sentence each.</summary>
    public List<string> Faults { get; } = [];

    public long Handshakes { get; private set; }

    public long Resumed { get; private set; }

    public long Rebinds { get; private set; }

    public long Vanished { get; private set; }

    public long Refused { get; private set; }

    public void Start()
    {
        _thread = new Thread(Run) { Name = "fleet", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Nobody begins anything new; what is under way ends.</summary>
    public void StopPosting() => _isPosting = false;

    /// <summary>All leave.</summary>
    public void Stop()
    {
        _isOver = true;
        _thread!.Join();
        _loop.Dispose();
    }

    private void Run()
    {
        foreach (var member in _members)
        {
            Later(member, TimeSpan.FromSeconds(5 * _random.NextDouble()));
        }

        while (!_isOver)
        {
            while (_isPosting && _due.TryPeek(out var member, out var when) && when <= Clock.Now.Ticks)
            {
                _due.Dequeue();
                Act(member);
            }

            _loop.Turn(_due.TryPeek(out _, out var next) && _isPosting && new Instant(next) - Clock.Now is var wait && wait < Tick ? wait : Tick);
            while (_loop.TryTakeChanged(out var line))
            {
                Follow(_members[line.Number], line);
            }
        }

        foreach (var member in _members.Where(member => member.Line is not null))
        {
            _loop.Close(member.Line!);
        }
    }

    private void Act(Member member)
    {
        if (member.Line is not { } line)
        {
            // Two of three come back with the session that they have.
            member.Line = _loop.Connect(member.Number, member.Settings, connectionId: [], session: _random.Next(3) > 0 ? member.Session : null);
        }
        else if (line.Device.IsConnected && line.Device.UnderWay == 0)
        {
            switch (_random.Next(200))
            {
                case 0:
                    Leave(member, vanish: false);
                    break;
                case 1:
                    Vanished++;
                    Leave(member, vanish: true);
                    break;
                case 2 or 3:
                    Rebinds++;
                    _loop.Rebind(line);
                    Post(member, line);
                    break;
                default:
                    Post(member, line);
                    break;
            }
        }

        Later(member, member.IsStranger ? 100 * _pause : -Math.Log(1 - _random.NextDouble()) * _pause);
    }

    private void Post(Member member, FleetLine line)
    {
        var number = member.Count + 1;
        var (kind, path, confirmable) = _random.Next(20) switch
        {
            < 12 => ("telemetry", "t/soak", true),
            < 14 => ("measurement", "t/soak", false),
            _ => ("event", "e/soak", true),
        };
        var text = string.Create(CultureInfo.InvariantCulture, $"{member.Name} {number} {kind} ").PadRight(_random.Next(30, 400), 'x');

        // Noted first: it may be at the broker before the call is over.
        _ledger.Released(member.Name, member.Count);
        member.Count = number;
        member.Kind = kind;
        if (!member.IsStranger)
        {
            Volatile.Write(ref Newest[member.Number], number);
        }

        _loop.TryBegin(line, FleetRequest.To(path, CoapCode.Post, Encoding.ASCII.GetBytes(text), confirmable: confirmable));
    }

    private void Follow(Member member, FleetLine line)
    {
        while (line.Device.TryTakeOutcome(out var outcome))
        {
            var code = outcome.Code.IsEmpty ? "nothing" : outcome.Code.ToString();
            _ledger.Count(member.Kind, code);

            // A NON goes with QoS 0: nobody promised anything.
            if (outcome.Code == CoapCode.Changed && outcome.Request.Confirmable)
            {
                _ledger.Acknowledged(member.Name, member.Count);
            }
        }

        if (line.Device.IsConnected && !line.IsKnown)
        {
            line.IsKnown = true;
            Handshakes++;
            Resumed += line.Device.IsResumed ? 1 : 0;
            member.Session = line.Device.Session ?? member.Session;
            if (member.IsStranger)
            {
                Faults.Add($"{member.Name} was let in");
            }
        }
        else if (line.Device.IsClosed || (line.IsUnreachable && !line.Device.IsConnected))
        {
            Refused += member.IsStranger ? 1 : 0;
            _ledger.Count("connection", line.IsUnreachable ? "unreachable" : line.Device.Failure ?? "closed");
            Leave(member, vanish: true);
        }
    }

    private void Leave(Member member, bool vanish)
    {
        var line = member.Line!;
        member.Line = null;
        _loop.Close(line, vanish);
    }

    private void Later(Member member, TimeSpan pause) => _due.Enqueue(member, (Clock.Now + pause).Ticks);

    private sealed record Member(int Number, string Name, DtlsSettings Settings, bool IsStranger)
    {
        public FleetLine? Line { get; set; }

        public DtlsSession? Session { get; set; }

        /// <summary>Messages so far.</summary>
        public int Count { get; set; }

        public string Kind { get; set; } = "";
    }
}
