using System.Text;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Simulation;

/// <summary>
/// A device: our own DTLS client and CoAP endpoint. It starts over, after a second or two, when a handshake or a
/// connection has failed, and asks again what came to nothing.
/// </summary>
public sealed class SimulatedDevice
{
    private static readonly CriticalOptions Understood = new(OptionNumber.UriPath);

    private readonly Scenario _scenario;
    private readonly DtlsSettings _settings;
    private readonly IEntropy _entropy;
    private readonly byte[]? _connectionId;
    private readonly Dictionary<OutgoingRequest, SimulatedRequest> _asked = [];
    private readonly Queue<SimulatedRequest> _unasked = new();
    private DtlsConnection _connection;
    private CoapEndpoint? _endpoint;
    private int _generation;
    private bool _isResumed;
    private bool _hasHeard;

    private readonly HashSet<string> _observed = [];
    private readonly HashSet<ushort> _notified = [];

    internal SimulatedDevice(Scenario scenario, string name, NetworkPath path, DtlsSettings settings, IEntropy entropy, byte[]? connectionId)
    {
        _scenario = scenario;
        _settings = settings;
        _connectionId = connectionId;
        _entropy = entropy;
        Name = name;
        Path = path;
        _connection = Connect();
    }

    public string Name { get; }

    /// <summary>As the gateway sees it.</summary>
    public NetworkPath Path { get; private set; }

    public bool IsConnected => _connection.IsEstablished;

    /// <summary>Handshakes begun.</summary>
    public int Handshakes { get; private set; }

    /// <summary>Why handshakes failed and connections ended.</summary>
    public List<string> Ends { get; } = [];

    /// <summary>Keeps the session of its last full handshake, and resumes it when it starts over.</summary>
    public bool Resumes { get; set; }

    /// <summary>What it has kept.</summary>
    public DtlsSession? Session { get; private set; }

    /// <summary>Abbreviated handshakes.</summary>
    public int Resumptions { get; private set; }

    /// <summary>Does not start over by itself any more.</summary>
    public bool StaysDown { get; set; }

    /// <summary>What it may still send; then it is as if it were gone.</summary>
    public int DatagramsLeft { get; set; } = int.MaxValue;

    /// <summary>Every datagram that came, decrypted, by message.</summary>
    public List<byte[]> Received { get; } = [];

    /// <summary>As a server: what it was asked, by path and payload, and the code and payload that it answers; null: it is none, and answers RST.</summary>
    public Func<string, string, (CoapCode Code, string Payload)?>? Server { get; set; }

    /// <summary>What it was told as an observer, each once.</summary>
    public List<byte[]> Notifications { get; } = [];

    public Instant? NextDeadline => Instant.Earliest(_connection.NextDeadline, IsConnected ? _endpoint?.NextDeadline : null);

    public SimulatedRequest Post(
        string path, string payload, MessageType type = MessageType.Confirmable, bool repeat = false, string? query = null) =>
        Ask(CoapCode.Post, path, payload, type, repeat, query);

    public SimulatedRequest Ask(
        CoapCode method, string path, string payload, MessageType type = MessageType.Confirmable, bool repeat = false, string? query = null,
        bool observe = false, bool ifNoneMatch = false)
    {
        var options = new OptionWriter(new byte[512]);
        if (ifNoneMatch)
        {
            options.Write(OptionNumber.IfNoneMatch, []);
        }

        if (observe)
        {
            options.Write(OptionNumber.Observe, 0);
        }

        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            options.Write(OptionNumber.UriPath, segment);
        }

        foreach (var part in query?.Split('&') ?? [])
        {
            options.Write(OptionNumber.UriQuery, part);
        }

        var request = new SimulatedRequest(
            _scenario.Now, type, method, options.Written.ToArray(), Encoding.UTF8.GetBytes(payload), repeat);
        _unasked.Enqueue(request);
        AskWaiting();
        _scenario.Settle();
        return request;
    }

    /// <summary>A GET that registers as an observer; what it is told is in <see cref="Notifications"/>.</summary>
    public SimulatedRequest Observe(string path) => Ask(CoapCode.Get, path, "", observe: true);

    /// <summary>Sends a CoAP message as it is, in a record of its own.</summary>
    public void SendRaw(ReadOnlySpan<byte> message)
    {
        var buffer = new byte[2048];
        if (_connection.TrySeal(message, buffer, out var length))
        {
            Send(buffer[..length]);
        }
    }

    /// <summary>Forgets everything, without a word, and begins anew from the same address.</summary>
    public void StartOver()
    {
        Lose("lost power");
        _connection = Connect();
        _scenario.Settle();
    }

    /// <summary>Its address changes, as behind a NAT; the device itself notices nothing.</summary>
    public void Rebind(NetworkPath path)
    {
        Path = path;
        _scenario.Listen(path, HandleDatagram);
    }

    /// <summary>A message in a record that is not sent: for a test that sends it when and from where it likes.</summary>
    public byte[] Seal(ReadOnlySpan<byte> message)
    {
        var buffer = new byte[2048];
        return _connection.TrySeal(message, buffer, out var length) ? buffer[..length] : throw new InvalidOperationException("Not connected.");
    }

    /// <summary>Says close_notify.</summary>
    public void Close()
    {
        _connection.Close();
        _scenario.Settle();
    }

    internal void HandleDatagram(byte[] datagram)
    {
        var rest = datagram.AsSpan();
        while (!rest.IsEmpty)
        {
            var outcome = _connection.HandleRecord(_scenario.Now, ref rest, out var data);
            FollowConnection();
            if (outcome == RecordOutcome.ApplicationData && _endpoint is not null)
            {
                _hasHeard = true;
                Received.Add(data.ToArray());
                if (!IsNotification(data))
                {
                    Serve(_endpoint.HandleDatagram(_scenario.Now, data, out var request, out var exchange), request, exchange);
                }
            }
        }
    }

    /// <summary>A response under the token of an observation; a CON is acknowledged, and what comes again is not counted again.</summary>
    private bool IsNotification(ReadOnlySpan<byte> data)
    {
        if (!CoapMessage.TryParse(data, out var message, out _) || message.Type > MessageType.NonConfirmable || !message.Code.IsResponse
            || !_observed.Contains(Convert.ToHexString(message.Token)))
        {
            return false;
        }

        if (message.Type == MessageType.Confirmable)
        {
            SendRaw([0x60, 0, (byte)(message.MessageId >> 8), (byte)message.MessageId]);
        }

        if (_notified.Add(message.MessageId))
        {
            Notifications.Add(data.ToArray());
            _scenario.Note($"{Name} told {message.Code}");
        }

        return true;
    }

    private void Serve(Reception reception, in CoapMessage request, Exchange exchange)
    {
        if (reception.Kind != ReceptionKind.Request)
        {
            return;
        }

        if (Server is null)
        {
            SendRaw([0x70, 0, (byte)(request.MessageId >> 8), (byte)request.MessageId]);
            return;
        }

        var path = new List<string>();
        foreach (var option in request.Options)
        {
            if (option.Number == OptionNumber.UriPath)
            {
                path.Add(Encoding.UTF8.GetString(option.Value));
            }
        }

        if (Server(string.Join('/', path), Encoding.UTF8.GetString(request.Payload)) is { } answer)
        {
            _endpoint!.Respond(_scenario.Now, exchange, answer.Code, default, Encoding.UTF8.GetBytes(answer.Payload));
        }
    }

    internal void HandleTimeout()
    {
        _connection.HandleTimeout(_scenario.Now);
        if (IsConnected)
        {
            _endpoint?.HandleTimeout(_scenario.Now);
        }
    }

    /// <summary>Gives all outputs away; true when there were any.</summary>
    internal bool Settle()
    {
        var moved = false;
        while (_connection.TryTakeWork(out var work))
        {
            moved = true;
            _connection.HandleWork(_scenario.Now, work.Run(_scenario.TimeOfDay));
        }

        var buffer = new byte[2048];
        while (_connection.TryTakeTransmit(buffer, out var length))
        {
            moved = true;
            Send(buffer[..length]);
        }

        moved |= FollowConnection();
        while (IsConnected && _endpoint!.TryTakeTransmit(buffer, out var length))
        {
            moved = true;
            SendRaw(buffer.AsSpan(0, length));
        }

        while (_endpoint is not null && _endpoint.TryTakeEvent(out var what))
        {
            moved = true;
            Follow(what);
        }

        return moved;
    }

    private void Send(byte[] datagram)
    {
        if (DatagramsLeft-- > 0)
        {
            _scenario.SendToGateway(Path, datagram);
        }
    }

    private DtlsConnection Connect()
    {
        Handshakes++;
        return DtlsClient.Connect(_settings, _entropy, _scenario.Now, _connectionId, Session);
    }

    private bool FollowConnection()
    {
        var moved = false;
        while (_connection.TryTakeEvent(out var what))
        {
            moved = true;
            switch (what)
            {
                case DtlsEvent.HandshakeCompleted completed:
                    Session = Resumes ? completed.Session ?? Session : null;
                    _isResumed = completed.IsResumed;
                    _hasHeard = false;
                    Resumptions += completed.IsResumed ? 1 : 0;
                    _scenario.Note($"{Name} connected");
                    _endpoint = new CoapEndpoint(Understood, TransmissionParameters.Default, _entropy);
                    AskWaiting();
                    break;
                case DtlsEvent.HandshakeFailed failed:
                    Lose($"{failed.Reason} {failed.Alert}");
                    StartOverLater();
                    break;
                case DtlsEvent.Closed closed:
                    Lose($"{closed.Reason} {closed.Alert}");
                    StartOverLater();
                    break;
            }
        }

        return moved;
    }

    private void StartOverLater()
    {
        var generation = _generation;
        Span<byte> random = stackalloc byte[1];
        _entropy.Fill(random);
        _scenario.In(TimeSpan.FromMilliseconds(1000 + (4 * random[0])), () =>
        {
            if (!StaysDown && generation == _generation)
            {
                _connection = Connect();
            }
        });
    }

    private void Lose(string reason)
    {
        _scenario.Note($"{Name} lost: {reason}");
        Ends.Add(reason);
        _generation++;
        _endpoint = null;
        foreach (var request in _asked.Values.ToArray())
        {
            Fail(request);
        }

        _asked.Clear();
    }

    private void Follow(in CoapEvent what)
    {
        if (!_asked.Remove(what.Request, out var request))
        {
            return;
        }

        if (what.Kind == CoapEventKind.Response)
        {
            request.Answer(_scenario.Now, what.Datagram!);
            CoapMessage.TryParse(what.Datagram, out var response, out _);
            if (response.TryGetOption(OptionNumber.Observe, out _))
            {
                _observed.Add(Convert.ToHexString(response.Token));
            }

            _scenario.Note($"{Name} heard {request.Code} {request.ResponseType} {request.MaxAge} {request.Diagnostic}");
        }
        else
        {
            _scenario.Note($"{Name} {what.Kind}");
            Fail(request);
            if (_isResumed && !_hasHeard)
            {
                // A client that resumes sends last: whether the gateway ever heard it, only an answer tells.
                _connection.Abandon();
                Lose("never heard");
                StartOverLater();
                return;
            }

            AskWaiting();
        }
    }

    private void Fail(SimulatedRequest request)
    {
        request.HasFailed = !request.IsRepeated;
        if (request.IsRepeated)
        {
            _unasked.Enqueue(request);
        }
    }

    private void AskWaiting()
    {
        while (_endpoint is not null && _unasked.TryDequeue(out var request))
        {
            request.Attempts++;
            var outcome = _endpoint.Request(
                _scenario.Now, request.Type, request.Method, request.Options, request.Payload, out var handle);
            request.HasFailed = outcome != SendOutcome.Accepted;
            if (outcome == SendOutcome.Accepted)
            {
                _asked.Add(handle, request);
            }
        }
    }
}
