using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>ATTACKS H to K, as far as the relay decides; each ends with an honest request of another device.</summary>
public sealed class AttackTests : IDisposable
{
    private const string Topic = "devices/meter-7/x";

    private static readonly string[] State = ["ps", "devices", "meter-7", "x"];

    private readonly Relayed _relay = new(RouteTests.Everything);

    public AttackTests() => _relay.TakeSubscriptions();

    /// <summary>Nothing is left behind, and the canary lives.</summary>
    public void Dispose()
    {
        EndAll();
        while (_relay.Uplink.TryTakePublish(out _))
        {
        }

        Assert.Equal((0, 0), (_relay.Uplink.OpenCount, _relay.Uplink.TopicCount));
        _relay.HandleRequest(Relayed.NewClient(), RawRequest.To("t", "canary"));
        Assert.True(_relay.Uplink.TryTakePublish(out var publish));
        _relay.Acknowledge(publish);
        Assert.Equal(CoapCode.Changed, _relay.TakeAnswer().Code);
    }

    /// <summary>Every open request ends, and then every topic that nobody needs; how many were answered.</summary>
    private int EndAll()
    {
        for (var round = 0; round < 3; round++)
        {
            _relay.Now += TimeSpan.FromMinutes(10);
            _relay.HandleTimeout();
        }

        return _relay.TakeAnswers().Count;
    }

    /// <summary>H11: what a method has no use for is ignored, and what it needs is asked for.</summary>
    [Fact]
    public void Payloads_where_none_belong_and_none_where_one_does()
    {
        _relay.Send(RawRequest.Get(State) with { Payload = new byte[1000], ContentFormat = 50 });
        _relay.Settle(Topic, "1");
        Assert.Equal(CoapCode.Content, _relay.TakeAnswer().Code);
        Assert.Equal(CoapCode.BadRequest, _relay.Refused(RawRequest.To(State) with { Method = CoapCode.Put, Payload = [] }).Code);
        Assert.True(_relay.Published(RawRequest.To(State) with { Method = CoapCode.Delete, Payload = new byte[100] }).Payload.IsEmpty);
        var empty = _relay.Published(RawRequest.To("t") with { Payload = [], ContentFormat = 50 });
        Assert.Equal((0, "application/json"), (empty.Payload.Length, empty.ContentType));
    }

    /// <summary>I14: only keys that are known mean anything, and none becomes a property, a topic or a response topic.</summary>
    [Theory]
    [InlineData("rt=other/topic")]
    [InlineData("device=meter-8")]
    [InlineData("topic=devices/meter-8/t")]
    [InlineData("message_id=0")]
    [InlineData("a\r\nb=c")]
    [InlineData("status=500")]
    public void A_query_changes_nothing_but_what_its_key_says(string query)
    {
        var plain = _relay.Published(RawRequest.To("t"));
        var queried = _relay.Published(RawRequest.To("t") with { Query = [query] });
        Assert.Equal((plain.Topic, null, null), (queried.Topic, queried.ResponseTopic, (object?)queried.CorrelationData));
        Assert.Equal(plain.UserProperties.SkipLast(1), queried.UserProperties.SkipLast(1));
    }

    [Fact]
    public void Fifty_queries_are_read_once_each_and_the_last_of_a_key_counts() =>
        Assert.Equal(50u, _relay.Published(RawRequest.To("t") with { Query = [.. Enumerable.Range(1, 50).Select(number => $"expiry={number}")] }).MessageExpiryInterval);

    /// <summary>I15: 4.13 with Size1, and the broker never sees it.</summary>
    [Fact]
    public void A_body_over_the_routes_limit_is_413_with_size1()
    {
        Assert.True(CoapMessage.TryParse(RawRequest.To(State).ToBytes(), out var post, out _));
        Assert.True(CoapMessage.TryParse((RawRequest.To(State) with { Method = CoapCode.Put }).ToBytes(), out var put, out _));
        var body = new byte[Route.DefaultMaximumBody + 1];
        foreach (var method in new[] { 0, 1 })
        {
            _relay.Uplink.HandleRequest(_relay.Now, _relay.Device, method == 0 ? post : put, body, default);
            var answer = _relay.TakeAnswer();
            Assert.Equal((CoapCode.RequestEntityTooLarge, (uint)Route.DefaultMaximumBody), (answer.Code, answer.Size1));
        }

        Assert.False(_relay.Uplink.TryTakePublish(out _));
        _relay.Uplink.HandleRequest(_relay.Now, _relay.Device, post, body.AsSpan(1), default);
        Assert.True(_relay.Uplink.TryTakePublish(out _));
    }

    /// <summary>I16.</summary>
    [Fact]
    public void An_unknown_format_is_told_to_the_cloud_and_comes_back_as_it_went()
    {
        var message = _relay.Published(RawRequest.To("t") with { ContentFormat = 65_535 });
        Assert.Null(message.ContentType);
        Assert.Contains(new UserProperty("content_format", "65535"), message.UserProperties);
        _relay.Send(RawRequest.Get(State));
        _relay.Deliver(Topic, "x", retain: true, adapt: one => one with { UserProperties = message.UserProperties });
        Assert.Equal(65_535u, _relay.TakeAnswer().Content!.Format);
    }

    /// <summary>I17.</summary>
    [Fact]
    public void Every_method_that_a_resource_does_not_have_is_405()
    {
        string[][] paths = [["t"], ["e"], State, ["c"], ["rpc", "x"], ["cr", "x"], ["time"], [".well-known", "core"]];
        foreach (var path in paths)
        {
            for (byte code = 5; code < 32; code++)
            {
                Assert.Equal(CoapCode.MethodNotAllowed, _relay.Refused(RawRequest.To(path) with { Method = new CoapCode(code) }).Code);
            }
        }
    }

    /// <summary>I21: links are of routes, not of topics, so there are few whatever the cloud holds.</summary>
    [Fact]
    public void Discovery_is_short_whatever_there_is()
    {
        for (var number = 0; number < 200; number++)
        {
            _relay.Send(RawRequest.Get("ps", $"t{number}"));
            _relay.Settle($"t{number}", "1");
        }

        _relay.TakeAnswers();
        var links = Encoding.UTF8.GetString(_relay.Answered(RawRequest.Get(".well-known", "core")).Content!.Payload.Span);
        Assert.Equal(["</c>", "</e>", "</ps>", "</rpc>", "</t>", "</time>"], links.Split(',').Select(link => link.Split(';')[0]).Order(StringComparer.Ordinal));
        Assert.True(links.Length < 1_000);
    }

    /// <summary>K04: a device that deregisters, or vanishes, is told nothing any more, whatever it had.</summary>
    [Fact]
    public void An_observer_that_is_gone_costs_nothing()
    {
        var client = Relayed.NewClient();
        for (byte token = 0; token < 64; token++)
        {
            _relay.HandleRequest(client, RawRequest.Observe(token, State));
        }

        _relay.Settle(Topic, "0");
        Assert.Equal(64, _relay.TakeAnswers().Count(answer => answer.Observe));
        _relay.Uplink.HandleObserverGone(_relay.Now, client, new Token([63]));
        _relay.Uplink.HandleObserverGone(_relay.Now, client, new Token([99]));
        _relay.Deliver(Topic, "1", retain: true);
        Assert.Equal(63, _relay.TakeNotifications().Count);
        _relay.Uplink.HandleClientGone(_relay.Now, client);
        _relay.Deliver(Topic, "2", retain: true);
        Assert.Empty(_relay.TakeNotifications());
    }

    /// <summary>J12, DESIGN D-11: without the broker's word there is no success, and who asks again has a new message.</summary>
    [Theory]
    [InlineData(ReceiptOutcome.ConnectionLost)]
    [InlineData(ReceiptOutcome.NotConnected)]
    [InlineData(ReceiptOutcome.QueueFull)]
    public void A_broker_that_dies_before_its_puback_is_no_204(ReceiptOutcome outcome)
    {
        foreach (var request in new[] { RawRequest.To("t"), RawRequest.To("e"), RawRequest.To("rpc", "x"), RawRequest.To("t") with { Query = ["ttd=9"] } })
        {
            _relay.Settle("gateways/gateway-1/r/calls");
            var publish = _relay.Send(request)!.Value;
            _relay.Uplink.HandleReceipt(_relay.Now, new Receipt(publish.Ticket, outcome));
            Assert.Equal(CoapCode.ServiceUnavailable, _relay.TakeAnswer().Code);
            Assert.NotEqual(publish.Message.UserProperties[^1], _relay.Published(request).UserProperties[^1]);
        }
    }

    /// <summary>Every sequence of what the outside may say leaves no exception, and nothing open in the end.</summary>
    [Fact]
    public void Anything_in_any_order_does_no_harm_and_every_request_is_answered_once()
    {
        var random = new Random(5);
        var clients = Enumerable.Range(0, 4).Select(_ => Relayed.NewClient()).ToArray();
        RawRequest[] requests =
        [
            RawRequest.Get(State), RawRequest.Observe(1, State), RawRequest.Observe(2, "c"), RawRequest.Get("c"), RawRequest.To("rpc", "x"),
            RawRequest.To(State) with { Method = CoapCode.Put }, RawRequest.To(State) with { Method = CoapCode.Delete, Payload = [] },
            RawRequest.To("t") with { Query = ["ttd=5"] }, RawRequest.To("cr", "0a0b0c0d"), RawRequest.To(State), RawRequest.Observe(1, "c"),
        ];
        var tickets = new List<ulong> { 1 };
        var (asked, answered) = (0, 0);
        for (var step = 0; step < 50_000; step++)
        {
            var client = clients[random.Next(clients.Length)];
            var ticket = tickets[random.Next(tickets.Count)];
            var command = new Command("0a0b0c0d", "meter-7", "x", new Content(default), _relay.Now) { ResponseTopic = random.Next(2) == 0 ? null : "r" };
            switch (random.Next(12))
            {
                case 0:
                    _relay.Uplink.HandleUpstream(new UpstreamStatus((UpstreamState)random.Next(3)));
                    break;
                case 1:
                    _relay.Uplink.HandleSubscription(_relay.Now, new SubscriptionStatus(Topic, (SubscriptionState)random.Next(3)));
                    break;
                case 2:
                    _relay.Deliver(Topic, random.Next(3) == 0 ? "" : $"{random.Next(4)}", random.Next(2) == 0);
                    break;
                case 3:
                    _relay.Uplink.HandleReceipt(_relay.Now, new Receipt(ticket, (ReceiptOutcome)random.Next(8)));
                    break;
                case 4:
                    _relay.Uplink.HandleDeskAnswer(_relay.Now, new DeskAnswer(3, ticket, 0, random.Next(2) == 0 ? null : command));
                    break;
                case 5:
                    _relay.Uplink.HandleDeskAnswer(_relay.Now, new DeskAnswer(3, 0, (ulong)random.Next(1, 50), command));
                    break;
                case 6:
                    _relay.Uplink.HandleNotified(_relay.Now, client, new Token([(byte)random.Next(4)]));
                    break;
                case 7:
                    _relay.Uplink.HandleObserverGone(_relay.Now, client, new Token([(byte)random.Next(4)]));
                    break;
                case 8:
                    _relay.Now += TimeSpan.FromSeconds(random.Next(20));
                    _relay.HandleTimeout();
                    break;
                case 9 when random.Next(20) == 0:
                    _relay.Uplink.HandleClientGone(_relay.Now, client);
                    break;
                default:
                    asked++;
                    _relay.HandleRequest(client, requests[random.Next(requests.Length)]);
                    break;
            }

            _relay.GrantTurns();
            while (_relay.Uplink.TryTakePublish(out var publish))
            {
                tickets.Add(publish.Ticket);
            }

            while (_relay.Uplink.TryTakeDeskMessage(out var told))
            {
                tickets.Add(told is DeskMessage.Ask ask ? ask.Ticket : told is DeskMessage.Find find ? find.Ticket : 1);
            }

            answered += _relay.TakeAnswers().Count;
            _relay.TakeNotifications();
            _relay.TakeSubscriptions();
        }

        Assert.Equal(asked, answered + EndAll());
        foreach (var client in clients)
        {
            _relay.Uplink.HandleClientGone(_relay.Now, client);
        }

        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Connected));
        while (_relay.Uplink.TryTakeDeskMessage(out _))
        {
        }
    }
}
