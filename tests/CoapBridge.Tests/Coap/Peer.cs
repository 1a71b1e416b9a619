using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Coap;

/// <summary>An endpoint under virtual time, spoken to in bytes.</summary>
internal sealed class Peer
{
    public static readonly CriticalOptions Understood = new(
        OptionNumber.UriHost, OptionNumber.UriPort, OptionNumber.UriPath, OptionNumber.UriQuery, OptionNumber.Accept,
        OptionNumber.IfMatch, OptionNumber.IfNoneMatch);

    public Peer(int seed = 1)
        : this(new EndpointGroup(Understood, TransmissionParameters.Default, new SeededEntropy(seed)), seed)
    {
    }

    public Peer(EndpointGroup group, int seed = 1)
    {
        Endpoint = new CoapEndpoint(group);
        Now = new Instant(new Random(seed).NextInt64(1L << 50));
        Start = Now;
    }

    public Peer(CoapEndpoint endpoint, Instant now)
    {
        Endpoint = endpoint;
        Now = now;
        Start = now;
    }

    public CoapEndpoint Endpoint { get; }

    public Instant Start { get; }

    public Instant Now { get; private set; }

    public List<Exchange> Requests { get; } = [];

    public double Seconds => (Now - Start).TotalSeconds;

    /// <summary>A CON POST to /t with payload "21.5".</summary>
    public static byte[] Post(ushort messageId, MessageType type = MessageType.Confirmable, string token = "A1B2C3D4") =>
        Message(type, CoapCode.Post, messageId, token, "B174" + "FF32312E35");

    /// <summary>A message whose bytes after the token are given in hex.</summary>
    public static byte[] Message(MessageType type, CoapCode code, ushort messageId, string token = "", string rest = "")
    {
        var tail = Convert.FromHexString(token + rest);
        return [(byte)(0x40 | ((int)type << 4) | (token.Length / 2)), code.Value, (byte)(messageId >> 8), (byte)messageId, .. tail];
    }

    public Reception Receive(string hex) => Receive(Convert.FromHexString(hex));

    public Reception Receive(ReadOnlySpan<byte> datagram)
    {
        var reception = Endpoint.HandleDatagram(Now, datagram, out _, out var exchange);
        if (reception.Kind == ReceptionKind.Request)
        {
            Requests.Add(exchange);
        }

        return reception;
    }

    public SendOutcome Respond(Exchange exchange, CoapCode code, string options = "", string payload = "", bool observe = false) =>
        Endpoint.Respond(Now, exchange, code, Convert.FromHexString(options), System.Text.Encoding.UTF8.GetBytes(payload), observe);

    /// <summary>Tells an observer something; true when it is one.</summary>
    public bool Notify(string token, string payload, bool confirmable = false, CoapCode? code = null, string options = "") =>
        Endpoint.Notify(
            Now, new Token(Convert.FromHexString(token)), code ?? CoapCode.Content, Convert.FromHexString(options),
            System.Text.Encoding.UTF8.GetBytes(payload), confirmable, out _) == SendOutcome.Accepted;

    /// <summary>What waits to be sent, parsed.</summary>
    public List<Sent> Messages() => [.. Sent().Select(CoapBridge.Tests.Coap.Sent.Parse)];

    /// <summary>All datagrams that wait to be sent, in hex.</summary>
    public List<string> Sent()
    {
        var sent = new List<string>();
        var buffer = new byte[CoapMessage.MaxLength];
        while (Endpoint.TryTakeTransmit(buffer, out var length))
        {
            sent.Add(Convert.ToHexString(buffer.AsSpan(0, length)));
        }

        return sent;
    }

    public List<CoapEvent> Events()
    {
        var events = new List<CoapEvent>();
        while (Endpoint.TryTakeEvent(out var what))
        {
            events.Add(what);
        }

        return events;
    }

    /// <summary>Goes on to a time, stopping at each deadline; returns what was sent and when, in seconds since the start.</summary>
    public List<(double At, string Datagram)> RunUntil(double seconds)
    {
        var sent = new List<(double, string)>();
        var end = Start + TimeSpan.FromSeconds(seconds);
        for (var steps = 0; Endpoint.NextDeadline is { } deadline && deadline <= end; steps++)
        {
            Assert.True(steps < 10_000, "The deadline does not move.");
            Now = deadline > Now ? deadline : Now;
            Endpoint.HandleTimeout(Now);
            sent.AddRange(Sent().Select(datagram => (Seconds, datagram)));
        }

        Now = end;
        return sent;
    }
}
