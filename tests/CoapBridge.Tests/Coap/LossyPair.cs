using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Coap;

/// <summary>A client and a server under virtual time, with a line between them that loses, repeats and holds up datagrams, from a seed.</summary>
internal sealed class LossyPair
{
    private readonly Random _random;
    private readonly double _loss;
    private readonly PriorityQueue<(bool ToServer, byte[] Datagram), Instant> _line = new();
    private readonly byte[] _buffer = new byte[CoapMessage.MaxLength];

    public LossyPair(int seed, double loss)
    {
        _random = new Random(seed);
        _loss = loss;
        ServerGroup = new EndpointGroup(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(seed));
        Server = new CoapEndpoint(ServerGroup);
        Client = new CoapEndpoint(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(~seed));
        Now = new Instant(_random.NextInt64(1L << 50));
    }

    public delegate void RequestHandler(in CoapMessage request, Exchange exchange);

    public EndpointGroup ServerGroup { get; }

    public CoapEndpoint Server { get; }

    public CoapEndpoint Client { get; }

    public Instant Now { get; private set; }

    public required RequestHandler Serve { get; init; }

    public required Action<CoapEvent> Tell { get; init; }

    /// <summary>Goes on until nothing is on its way or due, or something is over; false when the time is over before.</summary>
    public bool Run(Func<bool> isOver, TimeSpan limit)
    {
        var end = Now + limit;
        while (true)
        {
            Follow();
            if (isOver())
            {
                return true;
            }

            var due = Instant.Earliest(Client.NextDeadline, Instant.Earliest(Server.NextDeadline, ServerGroup.NextDeadline));
            due = _line.TryPeek(out _, out var arrival) ? Instant.Earliest(due, arrival) : due;
            if (due is not { } next || next > end)
            {
                Now = end;
                return false;
            }

            Now = next > Now ? next : Now;
            while (_line.TryPeek(out var item, out var at) && at <= Now)
            {
                _line.Dequeue();
                Deliver(item.ToServer, item.Datagram);
            }

            Client.HandleTimeout(Now);
            Server.HandleTimeout(Now);
            ServerGroup.HandleTimeout(Now);
        }
    }

    private void Deliver(bool toServer, byte[] datagram)
    {
        if (!toServer)
        {
            Client.HandleDatagram(Now, datagram, out _, out _);
            return;
        }

        switch (Server.HandleDatagram(Now, datagram, out var request, out var exchange).Kind)
        {
            case ReceptionKind.FirstBlock:
                Server.TakeFirstBlock(Now, exchange, request, 100_000);
                break;
            case ReceptionKind.Request:
                Serve(request, exchange);
                break;
        }
    }

    private void Follow()
    {
        while (Client.TryTakeEvent(out var what))
        {
            Tell(what);
        }

        while (Server.TryTakeEvent(out _))
        {
        }

        Send(Client, toServer: true);
        Send(Server, toServer: false);
    }

    private void Send(CoapEndpoint from, bool toServer)
    {
        while (from.TryTakeTransmit(_buffer, out var length))
        {
            for (var copies = _random.NextDouble() < 0.1 ? 2 : 1; copies > 0; copies--)
            {
                if (_random.NextDouble() >= _loss)
                {
                    _line.Enqueue((toServer, _buffer[..length]), Now + TimeSpan.FromMilliseconds(_random.Next(10, _random.Next(8) == 0 ? 4000 : 200)));
                }
            }
        }
    }
}
