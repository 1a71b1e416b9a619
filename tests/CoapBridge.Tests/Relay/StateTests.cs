using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>State on retained messages (PRODUCT.md, "State"): the broker's word counts, and is waited for.</summary>
public class StateTests
{
    private const string Topic = "devices/meter-7/x";

    private static readonly string[] Path = ["ps", "devices", "meter-7", "x"];

    private readonly Relayed _relay = new(RouteTests.Everything);

    public StateTests() => _relay.TakeSubscriptions();

    [Fact]
    public void A_value_is_read_from_the_broker_once_and_then_from_the_cache()
    {
        _relay.Send(RawRequest.Get(Path));
        Assert.Equal([new SubscriptionChange(3, Topic, Wanted: true)], _relay.TakeSubscriptions());
        Assert.Empty(_relay.TakeAnswers());
        _relay.Settle(Topic, "21.5");
        Assert.Equal("21.5", Text(_relay.TakeAnswer()));

        Assert.Equal("21.5", Text(_relay.Answered(RawRequest.Get(Path))));
        _relay.Deliver(Topic, "22", retain: true);
        Assert.Equal("22", Text(_relay.Answered(RawRequest.Get(Path))));
        Assert.Empty(_relay.TakeSubscriptions());
    }

    [Fact]
    public void Nothing_retained_is_404_only_when_the_broker_had_its_time()
    {
        _relay.Send(RawRequest.Get(Path));
        _relay.Uplink.HandleSubscription(_relay.Now, new SubscriptionStatus(Topic, SubscriptionState.Active));
        Assert.Empty(_relay.TakeAnswers());
        _relay.Uplink.HandleSubscription(_relay.Now, new SubscriptionStatus(Topic, SubscriptionState.Settled));
        Assert.Equal(CoapCode.NotFound, _relay.TakeAnswer().Code);
    }

    [Fact]
    public void A_silent_broker_is_504_for_readers_and_writers()
    {
        _relay.Send(RawRequest.Get(Path));
        _relay.Send(Put("1"));
        _relay.Now += TimeSpan.FromSeconds(10);
        _relay.HandleTimeout();
        Assert.Equal(["5.04", "5.04"], _relay.TakeAnswers().Select(answer => answer.Code.ToString()));
        Assert.Equal(0, _relay.Uplink.OpenCount);
        _relay.Settle(Topic);
        Assert.False(_relay.Uplink.TryTakePublish(out _));
    }

    [Theory]
    [InlineData(OptionNumber.IfMatch)]
    [InlineData(OptionNumber.IfNoneMatch)]
    public void A_precondition_where_nothing_is_compared_is_4_02(OptionNumber precondition)
    {
        RawRequest[] requests =
        [
            RawRequest.Get(Path), RawRequest.To("t"), RawRequest.To(Path), RawRequest.To("rpc", "x"), RawRequest.Get("nowhere"), RawRequest.Get(".well-known", "core"),
        ];
        foreach (var request in requests)
        {
            Assert.Equal(CoapCode.BadOption, _relay.Refused(request with { Options = [(precondition, [])] }).Code);
        }
    }

    [Fact]
    public void An_etag_of_the_content_saves_sending_it_again()
    {
        var answer = Read("21.5");
        var tag = answer.Content!.EntityTag.ToArray();
        Assert.Equal(8, tag.Length);
        var valid = _relay.Answered(RawRequest.Get(Path) with { Options = [(OptionNumber.ETag, [1]), (OptionNumber.ETag, tag)] });
        Assert.Equal((CoapCode.Valid, 0), (valid.Code, valid.Content!.Payload.Length));
        Assert.Equal(tag, valid.Content.EntityTag.ToArray());
        _relay.Deliver(Topic, "22", retain: true);
        Assert.Equal("22", Text(_relay.Answered(RawRequest.Get(Path) with { Options = [(OptionNumber.ETag, tag)] })));
        _relay.Deliver(Topic, "21.5", retain: true);
        Assert.Equal(CoapCode.Valid, _relay.Answered(RawRequest.Get(Path) with { Options = [(OptionNumber.ETag, tag)] }).Code);
    }

    [Fact]
    public void A_format_that_is_not_there_is_406()
    {
        _relay.Send(RawRequest.Get(Path));
        _relay.Deliver(Topic, "{}", retain: true, adapt: message => message with { ContentType = "application/json" });
        Assert.Equal(50u, _relay.TakeAnswer().Content!.Format);
        Assert.Equal(CoapCode.Content, _relay.Answered(RawRequest.Get(Path) with { Options = [(OptionNumber.Accept, [50])] }).Code);
        Assert.Equal(CoapCode.NotAcceptable, _relay.Answered(RawRequest.Get(Path) with { Options = [(OptionNumber.Accept, [60])] }).Code);
    }

    [Theory]
    [InlineData("text/plain", null, false, 0)]
    [InlineData("text/plain; charset=UTF-8", null, false, 0)]
    [InlineData("application/JSON", null, false, 50)]
    [InlineData("application/json;charset=utf-8", null, false, 50)]
    [InlineData("image/png", null, true, null)]
    [InlineData(null, "11050", false, 11050)]
    [InlineData(null, "65536", false, null)]
    [InlineData(null, null, true, 0)]
    [InlineData(null, null, false, null)]
    public void The_format_of_a_message_is_what_it_says(string? type, string? property, bool isText, int? format)
    {
        _relay.Send(RawRequest.Get(Path));
        _relay.Deliver(Topic, "x", retain: true, adapt: message => message with
        {
            ContentType = type, PayloadIsUtf8 = isText, UserProperties = property is null ? [] : [new("content_format", property)],
        });
        Assert.Equal((uint?)format, _relay.TakeAnswer().Content!.Format);
    }

    [Fact]
    public void The_first_put_is_201_the_next_204_a_delete_202()
    {
        Assert.Null(_relay.Send(Put("1")));
        _relay.Settle(Topic);
        Assert.Equal("2.01", Finish());
        Assert.Equal("2.04", Done(Put("2")));
        Assert.Equal("2", Text(_relay.Answered(RawRequest.Get(Path))));
        Assert.Equal("2.02", Done(RawRequest.To(Path) with { Method = CoapCode.Delete, Payload = [] }));
        Assert.Equal(CoapCode.NotFound, _relay.Answered(RawRequest.Get(Path)).Code);
        Assert.Equal("2.01", Done(Put("3")));
    }

    [Fact]
    public void Put_and_delete_are_retained_messages_and_post_is_not()
    {
        Read("1");
        var put = _relay.Published(Put("2"));
        Assert.Equal((true, "2", Topic), (put.Retain, Encoding.UTF8.GetString(put.Payload.Span), put.Topic));
        Assert.Equal(CoapCode.BadRequest, _relay.Refused(Put("")).Code);
        var post = _relay.Published(RawRequest.To(Path));
        Assert.Equal((false, Topic), (post.Retain, post.Topic));
    }

    [Fact]
    public void Puts_to_one_topic_go_one_after_the_other()
    {
        Read("0");
        var first = _relay.Send(Put("1"))!.Value;
        Assert.Null(_relay.Send(Put("2")));
        var other = _relay.Send(RawRequest.To("ps", "devices", "meter-7", "y") with { Method = CoapCode.Put });
        Assert.Null(other);
        _relay.Settle("devices/meter-7/y");
        Assert.True(_relay.Uplink.TryTakePublish(out _));

        _relay.Acknowledge(first);
        Assert.True(_relay.Uplink.TryTakePublish(out var second));
        Assert.Equal("2", Encoding.UTF8.GetString(second.Message.Payload.Span));
    }

    [Fact]
    public void A_put_that_the_broker_never_answers_does_not_hold_up_the_next()
    {
        Read("0");
        _relay.Published(Put("1"));
        _relay.Now += TimeSpan.FromSeconds(5);
        Assert.Null(_relay.Send(Put("2")));
        _relay.Now += TimeSpan.FromSeconds(5);
        _relay.HandleTimeout();
        Assert.Equal(CoapCode.GatewayTimeout, _relay.TakeAnswer().Code);
        Assert.True(_relay.Uplink.TryTakePublish(out _));
    }

    [Fact]
    public void Preconditions_are_compared_here()
    {
        var tag = Read("1").Content!.EntityTag.ToArray();
        Assert.Equal(CoapCode.PreconditionFailed, _relay.Refused(Put("2", OptionNumber.IfNoneMatch, [])).Code);
        Assert.Equal(CoapCode.PreconditionFailed, _relay.Refused(Put("2", OptionNumber.IfMatch, [9])).Code);
        Assert.Equal("2.04", Done(Put("2", OptionNumber.IfMatch, tag)));
        Assert.Equal(CoapCode.PreconditionFailed, _relay.Refused(Put("3", OptionNumber.IfMatch, tag)).Code);
        Assert.Equal("2.04", Done(Put("3", OptionNumber.IfMatch, [])));
        _relay.Deliver(Topic, "", retain: true);
        Assert.Equal(CoapCode.PreconditionFailed, _relay.Refused(Put("4", OptionNumber.IfMatch, [])).Code);
        Assert.Equal("2.01", Done(Put("4", OptionNumber.IfNoneMatch, [])));
    }

    [Fact]
    public void The_second_of_two_conditional_puts_sees_the_first()
    {
        _relay.Send(Put("1", OptionNumber.IfNoneMatch, []));
        _relay.Send(Put("2", OptionNumber.IfNoneMatch, []));
        _relay.Settle(Topic);
        Assert.Equal("2.01", FinishTaking(out var rest));
        Assert.Equal([CoapCode.PreconditionFailed], rest);
    }

    [Fact]
    public void What_others_publish_after_ours_stays_though_our_puback_comes_later()
    {
        Read("0");
        var publish = _relay.Send(Put("1"))!.Value;
        _relay.Uplink.HandleDelivery(_relay.Now, new Delivery(Topic, publish.Message, 1, false));
        _relay.Deliver(Topic, "theirs", retain: true);
        _relay.Acknowledge(publish);
        _relay.TakeAnswer();
        Assert.Equal("theirs", Text(_relay.Answered(RawRequest.Get(Path))));
    }

    [Fact]
    public void A_shard_compares_only_after_the_change_of_another_shard_has_come_back()
    {
        Read("0");
        Send(Put("1", OptionNumber.IfMatch, []));
        Assert.True(_relay.Uplink.TryTakeTurn(out var asked));
        Assert.Equal(new TurnRequest(3, Topic), asked);
        _relay.Uplink.HandleTurn(_relay.Now, new TurnGrant(Topic, "theirs"));
        Assert.False(_relay.Uplink.TryTakePublish(out _));
        _relay.Uplink.HandleDelivery(_relay.Now, new Delivery(Topic, Own("other", "2"), 1, false));
        Assert.False(_relay.Uplink.TryTakePublish(out _));
        _relay.Uplink.HandleDelivery(_relay.Now, new Delivery(Topic, Own("theirs", "3"), 1, false));
        Assert.True(_relay.Uplink.TryTakePublish(out var publish));

        _relay.Uplink.HandleReceipt(_relay.Now, new Receipt(publish.Ticket, ReceiptOutcome.Acknowledged));
        Assert.True(_relay.Uplink.TryTakeTurn(out var over));
        Assert.Equal(new TurnRequest(3, Topic, IsOver: true, publish.Message.UserProperties[4].Value), over);
        Assert.False(_relay.Uplink.TryTakeTurn(out _));
    }

    [Fact]
    public void A_change_that_came_back_before_the_turn_is_not_waited_for()
    {
        Read("0");
        Send(Put("1"));
        _relay.Uplink.HandleDelivery(_relay.Now, new Delivery(Topic, Own("theirs", "3"), 1, false));
        _relay.Uplink.HandleTurn(_relay.Now, new TurnGrant(Topic, "theirs"));
        Assert.True(_relay.Uplink.TryTakePublish(out _));
    }

    [Fact]
    public void A_turn_that_nobody_wants_any_more_is_given_back()
    {
        Read("0");
        Send(Put("1"));
        Assert.True(_relay.Uplink.TryTakeTurn(out _));
        _relay.Now += TimeSpan.FromSeconds(10);
        _relay.Uplink.HandleTimeout(_relay.Now);
        Assert.Equal(CoapCode.GatewayTimeout, _relay.TakeAnswer().Code);
        Assert.False(_relay.Uplink.TryTakeTurn(out _));
        _relay.Uplink.HandleTurn(_relay.Now, new TurnGrant(Topic, null));
        Assert.True(_relay.Uplink.TryTakeTurn(out var over));
        Assert.Equal(new TurnRequest(3, Topic, IsOver: true), over);
        _relay.Uplink.HandleTurn(_relay.Now, new TurnGrant("unknown", null));
        Assert.True(_relay.Uplink.TryTakeTurn(out over));
        Assert.True(over.IsOver);
    }

    private void Send(RawRequest request)
    {
        Assert.True(CoapMessage.TryParse(request.ToBytes(), out var message, out _));
        _relay.Uplink.HandleRequest(_relay.Now, _relay.Device, message, message.Payload, default);
    }

    private static ApplicationMessage Own(string messageId, string payload) => new()
    {
        Topic = Topic, Payload = Encoding.UTF8.GetBytes(payload), Retain = true, UserProperties = [new("message_id", messageId)],
    };

    [Theory]
    [InlineData("Get", "Get", "2.05")]
    [InlineData("Observe", "Get", "4.03")]
    [InlineData("Get", "Observe", "4.03")]
    [InlineData("Retain", "Put", "2.04")]
    [InlineData("Publish", "Put", "4.03")]
    [InlineData("Retain", "Delete", "2.02")]
    [InlineData("Publish", "Delete", "4.03")]
    [InlineData("Publish", "Post", "2.04")]
    [InlineData("Retain", "Post", "4.03")]
    [InlineData("Publish", "PostRetained", "4.03")]
    public void Each_method_needs_its_right(string right, string method, string code)
    {
        var relay = new Relayed($$"""
            { "Version": "1", "Statement": [ { "Effect": "Allow", "Action": ["{{right}}"], "Resource": ["devices/${device}/*"] } ] }
            """);
        var request = method switch
        {
            "Get" => RawRequest.Get(Path),
            "Observe" => RawRequest.Observe(1, Path),
            "Put" => Put("1"),
            "Delete" => RawRequest.To(Path) with { Method = CoapCode.Delete },
            "Post" => RawRequest.To(Path),
            _ => RawRequest.To(Path) with { Query = ["retain=1"] },
        };
        var publish = relay.Send(request);
        relay.Settle(Topic, "0");
        if (publish is not null || relay.Uplink.TryTakePublish(out var sent) && (publish = sent) is not null)
        {
            relay.Acknowledge(publish.Value);
        }

        Assert.Equal(code, relay.TakeAnswer().Code.ToString());

        // Another device's topic is out of reach with every right.
        Assert.Equal(CoapCode.Forbidden, relay.Refused(request with { Path = [.. RawRequest.To("ps", "devices", "meter-8", "x").Path] }).Code);
    }

    [Fact]
    public void A_topic_that_nobody_needs_is_let_go_after_a_while()
    {
        Read("1");
        _relay.TakeSubscriptions();
        Assert.Equal(1, _relay.Uplink.TopicCount);
        _relay.Now += TimeSpan.FromSeconds(59);
        _relay.HandleTimeout();
        Assert.Equal("1", Text(_relay.Answered(RawRequest.Get(Path))));
        _relay.Now += TimeSpan.FromSeconds(1);
        _relay.HandleTimeout();
        Assert.Equal([new SubscriptionChange(3, Topic, Wanted: false)], _relay.TakeSubscriptions());
        Assert.Equal(0, _relay.Uplink.TopicCount);
        _relay.Send(RawRequest.Get(Path));
        Assert.True(Assert.Single(_relay.TakeSubscriptions()).Wanted);
    }

    [Fact]
    public void One_device_cannot_open_topics_without_end()
    {
        for (var number = 0; number < StateCache.MaximumTopicsPerClient; number++)
        {
            _relay.Send(RawRequest.Get("ps", $"t{number}"));
            _relay.Settle($"t{number}", "1");
            _relay.TakeAnswer();
        }

        Assert.Equal(CoapCode.TooManyRequests, _relay.Refused(RawRequest.Get("ps", "one-more")).Code);
        _relay.Now += StateCache.Linger;
        _relay.HandleTimeout();
        _relay.Send(RawRequest.Get("ps", "one-more"));
        Assert.Empty(_relay.TakeAnswers());
    }

    [Fact]
    public void When_all_topics_are_taken_the_longest_idle_makes_room()
    {
        RelayClient client = Relayed.NewClient();
        for (var number = 0; number < StateCache.MaximumTopics; number++)
        {
            client = number % StateCache.MaximumTopicsPerClient == 0 ? Relayed.NewClient() : client;
            _relay.HandleRequest(client, RawRequest.Get("ps", $"t{number}"));
            _relay.Settle($"t{number}", "1");
        }

        _relay.TakeAnswers();
        _relay.TakeSubscriptions();
        _relay.HandleRequest(Relayed.NewClient(), RawRequest.Get("ps", "new"));
        Assert.Equal(["t0", "new"], _relay.TakeSubscriptions().Select(change => change.Filter));
        Assert.Equal(StateCache.MaximumTopics, _relay.Uplink.TopicCount);
    }

    [Fact]
    public void A_broker_that_refuses_the_subscription_is_502_until_the_next_connection()
    {
        _relay.Send(RawRequest.Get(Path));
        _relay.Uplink.HandleSubscription(_relay.Now, new SubscriptionStatus(Topic, SubscriptionState.Refused, MqttReasonCode.NotAuthorized));
        Assert.Equal((CoapCode.BadGateway, "broker-refused: 0x87"), (_relay.TakeAnswer() is var answer ? answer.Code : default, answer.Diagnostic));
        Assert.Equal(CoapCode.BadGateway, _relay.Answered(RawRequest.Get(Path)).Code);
        Assert.Equal(CoapCode.BadGateway, _relay.Refused(Put("1")).Code);
        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Away));
        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Connected));
        _relay.Send(RawRequest.Get(Path));
        _relay.Settle(Topic, "1");
        Assert.Equal("1", Text(_relay.TakeAnswer()));
    }

    [Fact]
    public void While_the_broker_is_away_nothing_is_said_of_a_topic()
    {
        Read("1");
        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Away));
        Assert.Equal(CoapCode.ServiceUnavailable, _relay.Refused(RawRequest.Get(Path)).Code);
        Assert.Equal(CoapCode.ServiceUnavailable, _relay.Refused(Put("2")).Code);
        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Connected));
        _relay.Send(RawRequest.Get(Path));
        Assert.Empty(_relay.TakeAnswers());
        _relay.Settle(Topic, "3");
        Assert.Equal("3", Text(_relay.TakeAnswer()));
    }

    [Fact]
    public void A_value_expires_with_its_message()
    {
        _relay.Send(RawRequest.Get(Path));
        _relay.Deliver(Topic, "1", retain: true, adapt: message => message with { MessageExpiryInterval = 30 });
        Assert.Equal(30u, _relay.TakeAnswer().MaxAge);
        _relay.Now += TimeSpan.FromSeconds(20.5);
        Assert.Equal(9u, _relay.Answered(RawRequest.Get(Path)).MaxAge);
        _relay.Now += TimeSpan.FromSeconds(9.5);
        Assert.Equal(CoapCode.NotFound, _relay.Answered(RawRequest.Get(Path)).Code);
    }

    [Fact]
    public void With_mqtt_311_each_message_is_the_value_and_an_empty_one_its_end()
    {
        _relay.Uplink.HandleSettings(Relayed.Settings(RouteTests.Everything) with { HasMqtt5 = false });
        Read("1");
        _relay.Deliver(Topic, "2", retain: false);
        Assert.Equal("2", Text(_relay.Answered(RawRequest.Get(Path))));
        _relay.Deliver(Topic, "", retain: false);
        Assert.Equal(CoapCode.NotFound, _relay.Answered(RawRequest.Get(Path)).Code);
    }

    [Fact]
    public void With_mqtt_311_a_change_that_others_overtook_is_not_undone_by_its_puback()
    {
        _relay.Uplink.HandleSettings(Relayed.Settings(RouteTests.Everything) with { HasMqtt5 = false });
        Read("1");
        var publish = _relay.Send(Put("mine"));
        _relay.Deliver(Topic, "mine", retain: false);
        _relay.Deliver(Topic, "theirs", retain: false);
        _relay.Acknowledge(publish!.Value);
        Assert.Equal(CoapCode.Changed, _relay.TakeAnswer().Code);
        Assert.Equal("theirs", Text(_relay.Answered(RawRequest.Get(Path))));
    }

    private static RawRequest Put(string payload, OptionNumber option = 0, byte[]? value = null) => RawRequest.To(Path) with
    {
        Method = CoapCode.Put, Payload = Encoding.UTF8.GetBytes(payload), Options = value is null ? [] : [(option, value)],
    };

    private Answer Read(string held)
    {
        _relay.Send(RawRequest.Get(Path));
        _relay.Settle(Topic, held);
        return _relay.TakeAnswer();
    }

    /// <summary>The broker acknowledges the change that was sent, after delivering it back.</summary>
    private string Finish() => FinishTaking(out _);

    private string FinishTaking(out List<CoapCode> rest)
    {
        Assert.True(_relay.Uplink.TryTakePublish(out var publish));
        _relay.Acknowledge(publish);
        var answers = _relay.TakeAnswers();
        rest = [.. answers.Skip(1).Select(answer => answer.Code)];
        return answers[0].Code.ToString();
    }

    private string Done(RawRequest request)
    {
        var publish = _relay.Send(request);
        Assert.NotNull(publish);
        _relay.Acknowledge(publish.Value);
        return _relay.TakeAnswer().Code.ToString();
    }

    private static string Text(Answer answer) => Encoding.UTF8.GetString(answer.Content!.Payload.Span);
}
