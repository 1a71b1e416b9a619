using System.Text;
using CoapBridge.Coap;
using CoapBridge.Gateway.Subscriptions;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Tests.Identity;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Relay;

/// <summary>An uplink relay with one device, spoken to in requests.</summary>
internal sealed class Relayed
{
    public const string DefaultPolicy =
        """
        { "Version": "1", "Statement": [
          { "Effect": "Allow", "Action": ["Publish", "Retain"], "Resource": ["devices/${device}/*"] } ] }
        """;

    private readonly Client _client = new();
    private readonly TopicTurns _turns = new();

    public Relayed(string policy = DefaultPolicy, UpstreamState state = UpstreamState.Connected, RouteTable? routes = null)
    {
        Uplink = new UplinkRelay(Settings(policy, routes), shard: 3, new SeededEntropy(1));
        Uplink.HandleUpstream(new UpstreamStatus(state));
    }

    public static RelaySettings Settings(string policy, RouteTable? routes = null) => new()
    {
        Gateway = "gateway-1",
        Policy = AccessPolicy.TryParse(Encoding.UTF8.GetBytes(policy), out _)!,
        Routes = routes ?? RouteTable.Default,
    };

    public UplinkRelay Uplink { get; }

    public Instant Now { get; set; } = new(123_456_789_012_345);

    public RelayClient Device => _client;

    /// <summary>Gives a request in; its message, or null when it was refused.</summary>
    public Publish? Send(RawRequest request)
    {
        Assert.True(CoapMessage.TryParse(request.ToBytes(), out var message, out _));
        Uplink.HandleRequest(Now, _client, message, message.Payload, default);
        GrantTurns();
        return Uplink.TryTakePublish(out var publish) ? publish
            : Uplink.TryTakeKept(out var kept) ? new Publish(kept.Shard, kept.Ticket, kept.Message)
            : null;
    }

    public ApplicationMessage Published(RawRequest request)
    {
        var publish = Send(request);
        Assert.NotNull(publish);
        return publish.Value.Message;
    }

    public Answer Refused(RawRequest request)
    {
        Assert.Null(Send(request));
        return TakeAnswer();
    }

    /// <summary>Gives a request in that is answered at once.</summary>
    public Answer Answered(RawRequest request) => Refused(request);

    public Answer TakeAnswer()
    {
        Assert.True(Uplink.TryTakeAnswer(out var answer));
        Assert.False(Uplink.TryTakeAnswer(out _));
        return answer.Answer;
    }

    public List<Answer> TakeAnswers()
    {
        var answers = new List<Answer>();
        while (Uplink.TryTakeAnswer(out var answer))
        {
            answers.Add(answer.Answer);
        }

        return answers;
    }

    public List<RelayNotification> TakeNotifications()
    {
        var notifications = new List<RelayNotification>();
        while (Uplink.TryTakeNotification(out var notification))
        {
            notifications.Add(notification);
        }

        return notifications;
    }

    public List<SubscriptionChange> TakeSubscriptions()
    {
        var changes = new List<SubscriptionChange>();
        while (Uplink.TryTakeSubscription(out var change))
        {
            changes.Add(change);
        }

        return changes;
    }

    /// <summary>Gives a request of any device in.</summary>
    public void HandleRequest(RelayClient client, RawRequest request)
    {
        Assert.True(CoapMessage.TryParse(request.ToBytes(), out var message, out _));
        Uplink.HandleRequest(Now, client, message, message.Payload, default);
        GrantTurns();
    }

    /// <summary>The broker link as it is with one shard: each turn is given when the one before is over.</summary>
    public void GrantTurns()
    {
        while (Uplink.TryTakeTurn(out var turn))
        {
            _turns.Handle(turn);
            while (_turns.TryTake(out _, out var grant))
            {
                Uplink.HandleTurn(Now, grant);
            }
        }
    }

    /// <summary>The broker says what it holds of a topic: a message, or by its silence nothing.</summary>
    public void Settle(string topic, string? held = null)
    {
        Uplink.HandleSubscription(Now, new SubscriptionStatus(topic, SubscriptionState.Active));
        if (held is not null)
        {
            Deliver(topic, held, retain: true);
        }

        Uplink.HandleSubscription(Now, new SubscriptionStatus(topic, SubscriptionState.Settled));
        GrantTurns();
    }

    public void Deliver(string topic, string payload, bool retain, int quality = 1, Func<ApplicationMessage, ApplicationMessage>? adapt = null)
    {
        var message = new ApplicationMessage
        {
            Topic = topic, Payload = Encoding.UTF8.GetBytes(payload), Retain = retain, QualityOfService = (QualityOfService)quality,
        };
        Uplink.HandleDelivery(Now, new Delivery(topic, adapt?.Invoke(message) ?? message, 1, IsDuplicate: false));
        GrantTurns();
    }

    public void Acknowledge(Publish publish, MqttReasonCode reason = MqttReasonCode.Success)
    {
        Uplink.HandleReceipt(Now, new Receipt(publish.Ticket, ReceiptOutcome.Acknowledged, reason));
        GrantTurns();
    }

    public void HandleTimeout()
    {
        Uplink.HandleTimeout(Now);
        GrantTurns();
    }

    /// <summary>Another connection of the same device.</summary>
    public static RelayClient NewClient() => new Client();

    /// <summary>Whoever asks here.</summary>
    public static DeviceIdentity Meter { get; } = Mint.Judge(Mint.Device with { CommonName = "meter-7" }).Device!;

    private sealed class Client : RelayClient
    {
        public Client() => Device = Meter;

        public override bool IsRefused => false;

        public override PeerAddress Address => PeerAddress.FromIPv4(0x0A000007, 5684);
    }
}
