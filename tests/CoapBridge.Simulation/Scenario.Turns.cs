using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Simulation;

// How time passes, and who is told what.
public sealed partial class Scenario
{
    private const int MaximumTurnsAtOneInstant = 100_000;

    private static readonly TimeSpan TlsSetup = TimeSpan.FromMilliseconds(20);

    private readonly byte[] _buffer = new byte[2048];

    public void RunFor(TimeSpan time) => RunUntil(() => false, time);

    /// <summary>False when the limit, in virtual time, came first.</summary>
    public bool RunUntil(Func<bool> done, TimeSpan limit)
    {
        var end = Now + limit;
        var turns = 0;
        Settle();
        while (!done())
        {
            if (NextDeadline() is not { } next || next > end)
            {
                _agenda.MoveTo(end);
                return done();
            }

            turns = next > Now ? 0 : turns + 1;
            if (turns > MaximumTurnsAtOneInstant)
            {
                throw Failure("time stands still");
            }

            _agenda.MoveTo(next);
            Turn();
        }

        return true;
    }

    /// <summary>Like <see cref="RunUntil"/>, but the limit is a failure.</summary>
    public void Expect(Func<bool> done, TimeSpan limit, string what)
    {
        if (!RunUntil(done, limit))
        {
            throw Failure($"not within {limit}: {what}");
        }
    }

    /// <summary>Moves all outputs to where they are inputs, until nothing moves.</summary>
    internal void Settle()
    {
        bool moved;
        do
        {
            moved = SettleLink() | SettleDesk() | SettleOutbox();
            foreach (var shard in _shards)
            {
                moved |= SettleShard(shard);
            }

            foreach (var device in _devices)
            {
                moved |= device.Settle();
            }
        }
        while (moved);
    }

    private Instant? NextDeadline()
    {
        var next = Instant.Earliest(Instant.Earliest(_agenda.Next, Link.NextDeadline), Instant.Earliest(CommandDesk.NextDeadline, Outbox.NextDeadline));
        foreach (var shard in _shards)
        {
            next = Instant.Earliest(next, shard.NextDeadline);
        }

        foreach (var device in _devices)
        {
            next = Instant.Earliest(next, device.NextDeadline);
        }

        return next;
    }

    private void Turn()
    {
        TellTimeOfDay(_shards);
        while (_agenda.TryTakeDue(out var action))
        {
            action();
            Settle();
        }

        if (Link.NextDeadline <= Now)
        {
            Link.HandleTimeout(Now);
        }

        CommandDesk.HandleTimeout(Now);
        Outbox.HandleTimeOfDay(Now, TimeOfDay);
        Outbox.HandleTimeout(Now);
        foreach (var shard in _shards.Where(shard => shard.NextDeadline <= Now))
        {
            shard.HandleTimeout(Now);
        }

        foreach (var device in _devices.Where(device => device.NextDeadline <= Now))
        {
            device.HandleTimeout();
        }

        Settle();
    }

    /// <summary>The kernel picks a socket; a shard that is not the owner hands the datagram over.</summary>
    private void HandleDatagram(NetworkPath path, byte[] datagram)
    {
        var owner = _routing.OwnerOf(datagram, path);
        HandedOver += _random.Next(_shards.Length) == owner ? 0 : 1;
        _shards[owner].HandleDatagram(Now, path, datagram);
    }

    private bool SettleShard(Shard shard)
    {
        var moved = false;
        while (shard.TryTakeSessionMessage(out var message))
        {
            moved = true;
            Tell(shard, message);
        }

        while (shard.TryTakeWork(out var work))
        {
            moved = true;
            Run(shard, work);
        }

        while (shard.TryTakePublish(out var publish))
        {
            moved = true;
            Note($"publish {publish.Shard}/{publish.Ticket} {publish.Message.Topic}");
            Link.HandlePublish(Now, publish);
        }

        while (shard.TryTakeKept(out var kept))
        {
            moved = true;
            Outbox.HandleMessage(Now, kept);
        }

        while (shard.TryTakeSubscription(out var change))
        {
            moved = true;
            Note($"subscription {change.Owner} {change.Filter} {change.Wanted}");
            Link.HandleSubscription(Now, change);
        }

        while (shard.TryTakeTurn(out var turn))
        {
            moved = true;
            Link.HandleTurn(turn);
        }

        while (shard.TryTakeDeskMessage(out var toDesk))
        {
            moved = true;
            CommandDesk.HandleMessage(Now, toDesk);
        }

        while (shard.TryTakeTransmit(_buffer, out var path, out var length))
        {
            moved = true;
            Transmit(path, _buffer[..length]);
        }

        while (shard.TryTakeEvent(out var what))
        {
            moved = true;
            Events.Add(what);
            Note(what.GetType().Name);
        }

        return moved;
    }

    private void Tell(Shard shard, SessionMessage message)
    {
        if (_settings.SessionsAreBusy && message.MayBeRefused)
        {
            if (message.Refuse() is { } refused)
            {
                shard.HandleWork(Now, refused);
            }

            return;
        }

        Sessions.HandleMessage(Now, message);
        while (Sessions.TryTakeAnswer(out var asker, out var answer))
        {
            _agenda.In(_settings.WorkTime, () => _shards[asker].HandleWork(Now, answer));
        }

        while (Sessions.TryTakeOrder(out var owner, out var order))
        {
            _shards[owner].HandleOrder(Now, order);
        }
    }

    private void Run(Shard shard, ShardWork work)
    {
        if (_settings.WorkTime == TimeSpan.Zero)
        {
            shard.HandleWork(Now, work.Run(TimeOfDay));
        }
        else
        {
            _agenda.In(_settings.WorkTime, () => shard.HandleWork(Now, work.Run(TimeOfDay)));
        }
    }

    private void Transmit(NetworkPath path, byte[] datagram)
    {
        Note($"{path.Remote} < {datagram.Length}");
        Sending(path, datagram);
        Network.Send(toGateway: false, datagram, arrived =>
        {
            if (_sinks.TryGetValue(path, out var sink))
            {
                sink(arrived);
            }
        });
    }

    private bool SettleLink()
    {
        var moved = false;
        if (Link.TryTakeConnect())
        {
            moved = true;
            _agenda.In(TlsSetup, ConnectBroker);
        }

        while (Link.TryTakeTransmit(Now, _buffer, out var length))
        {
            moved = true;
            SendToBroker(_buffer[..length]);
        }

        if (Link.MustClose)
        {
            moved = true;
            _agenda.In(TimeSpan.FromMilliseconds(1), Broker.Close);
            Link.HandleDisconnected(Now);
        }

        return TakeLinkOutputs() || moved;
    }

    private bool TakeLinkOutputs()
    {
        var moved = false;
        while (Link.TryTakeStatus(out var status))
        {
            moved = true;
            foreach (var shard in _shards)
            {
                shard.HandleUpstream(status);
            }

            Outbox.HandleUpstream(Now, status);
        }

        while (Link.TryTakeReceipt(out var shard, out var receipt))
        {
            moved = true;
            Note($"receipt {shard}/{receipt.Ticket} {receipt.Outcome} {receipt.Reason}");
            if (shard < _shards.Length)
            {
                _shards[shard].HandleReceipt(Now, receipt);
            }
            else
            {
                Outbox.HandleReceipt(Now, receipt);
            }
        }

        while (Link.TryTakeDelivery(out var owner, out var delivery))
        {
            moved = true;
            Note($"delivery {owner} {delivery.Filter} {delivery.Message.Topic}");
            Deliver(owner, delivery);
        }

        while (Link.TryTakeSubscriptionStatus(out var owner, out var subscription))
        {
            moved = true;
            Note($"subscription {owner} {subscription}");
            if (owner < _shards.Length)
            {
                _shards[owner].HandleSubscription(Now, subscription);
            }
            else
            {
                CommandDesk.HandleSubscription(Now, subscription);
            }
        }

        while (Link.TryTakeTurn(out var number, out var grant))
        {
            moved = true;
            _shards[number].HandleTurn(Now, grant);
        }

        while (Link.TryTakeEvent(out var what))
        {
            moved = true;
            BrokerEvents.Add(what);
            Note(what.GetType().Name);
        }

        return moved;
    }

    /// <summary>A shard's loop acknowledges what the shard has taken in; the desk does so itself.</summary>
    private void Deliver(int owner, in Delivery delivery)
    {
        if (owner < _shards.Length)
        {
            _shards[owner].HandleDelivery(Now, delivery);
            Link.HandleAcknowledgement(Now, new DeliveryAcknowledgement(delivery.Ticket));
        }
        else
        {
            (Desk ?? (to => CommandDesk.HandleDelivery(Now, to)))(delivery);
        }
    }

    private void ConnectBroker()
    {
        if (Broker.IsAway)
        {
            Link.HandleConnectFailed(Now, ReconnectCause.Unreachable);
            return;
        }

        Broker.Open(bytes => Link.HandleReceived(Now, bytes));
        Link.HandleConnected(Now);
    }

    private void SendToBroker(byte[] bytes)
    {
        var connection = Broker.Connections;
        _agenda.In(TimeSpan.FromMilliseconds(1), () =>
        {
            if (connection == Broker.Connections)
            {
                Broker.HandleReceived(bytes);
            }
        });
    }
}
