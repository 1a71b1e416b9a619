using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>A shard's side of commands: what it tells and asks the desk, and what devices hear.</summary>
public class CommandRequestTests
{
    private readonly Relayed _relay = new(RouteTests.Everything);

    public CommandRequestTests()
    {
        _relay.Uplink.HandleClientReady(_relay.Now, _relay.Device);
        Assert.Equal(new DeskMessage.Connected("meter-7", "devices/meter-7/c/#"), Assert.Single(Told()));
    }

    [Fact]
    public void A_device_without_the_right_is_not_subscribed_for_and_hears_403()
    {
        var relay = new Relayed();
        relay.Uplink.HandleClientReady(relay.Now, relay.Device);
        Assert.False(relay.Uplink.TryTakeDeskMessage(out _));
        Assert.Equal(CoapCode.Forbidden, relay.Refused(RawRequest.Get("c")).Code);
        Assert.Equal(CoapCode.Forbidden, relay.Refused(RawRequest.Observe(1, "c")).Code);
        Assert.Equal(CoapCode.Forbidden, relay.Refused(RawRequest.To("cr", "00000000")).Code);
        Assert.Equal(CoapCode.Forbidden, relay.Refused(RawRequest.To("t") with { Query = ["ttd=5"] }).Code);
        relay.Uplink.HandleClientGone(relay.Now, relay.Device);
        Assert.False(relay.Uplink.TryTakeDeskMessage(out _));
    }

    [Fact]
    public void The_end_of_a_connection_is_told_once()
    {
        _relay.Answered(RawRequest.Observe(1, "c"));
        Told();
        _relay.Uplink.HandleClientGone(_relay.Now, _relay.Device);
        _relay.Uplink.HandleClientGone(_relay.Now, _relay.Device);
        Assert.Equal([typeof(DeskMessage.Unobserve), typeof(DeskMessage.Disconnected)], Told().Select(message => message.GetType()));
    }

    [Theory]
    [InlineData(UpstreamState.Connected, 10_000, 2_000)]
    [InlineData(UpstreamState.Connected, 1_000, 500)]
    [InlineData(UpstreamState.Away, 10_000, 0)]
    public void A_poll_waits_for_the_subscription_of_a_broker_that_is_there_and_never_as_long_as_for_an_acknowledgement(UpstreamState state, int acknowledgement, int wait)
    {
        _relay.Uplink.HandleUpstream(new UpstreamStatus(state));
        _relay.Uplink.HandleSettings(Relayed.Settings(RouteTests.Everything) with { AckTimeout = TimeSpan.FromMilliseconds(acknowledgement) });
        _relay.Send(RawRequest.Get("c"));
        Assert.Equal(_relay.Now + TimeSpan.FromMilliseconds(wait), Assert.IsType<DeskMessage.Ask>(Assert.Single(Told())).SubscribedBy);
    }

    [Fact]
    public void A_poll_is_answered_by_the_desk_also_with_the_broker_away()
    {
        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Away));
        _relay.Send(RawRequest.Get("c"));
        var ask = Assert.IsType<DeskMessage.Ask>(Assert.Single(Told()));
        _relay.Uplink.HandleDeskAnswer(_relay.Now, new DeskAnswer(3, ask.Ticket, 0, One("0a0b0c0d", 50)));
        var answer = _relay.TakeAnswer();
        Assert.Equal((CoapCode.Content, 0u, 50u), (answer.Code, answer.MaxAge, answer.Content!.Format));
        Assert.Equal(["cr", "0a0b0c0d"], answer.Content.LocationPath);
        Assert.Equal(["n=a/b"], answer.Content.LocationQuery);

        // The next request shows that the device has it.
        _relay.Answered(RawRequest.Get("time"));
        Assert.Equal(new DeskMessage.Taken("meter-7", "0a0b0c0d"), Assert.Single(Told()));
        _relay.Answered(RawRequest.Get("time"));
        Assert.Empty(Told());
    }

    [Fact]
    public void A_poll_for_another_format_is_406_and_the_command_stays()
    {
        _relay.Send(RawRequest.Get("c") with { Options = [(OptionNumber.Accept, [60])] });
        Answer(One("0a0b0c0d", 50));
        Assert.Equal(CoapCode.NotAcceptable, _relay.TakeAnswer().Code);
        _relay.Answered(RawRequest.Get("time"));
        Assert.Empty(Told());
    }

    [Fact]
    public void A_desk_that_is_silent_is_504()
    {
        _relay.Send(RawRequest.Get("c"));
        _relay.Now += TimeSpan.FromSeconds(10);
        _relay.HandleTimeout();
        Assert.Equal(CoapCode.GatewayTimeout, _relay.TakeAnswer().Code);
    }

    [Fact]
    public void An_observer_is_told_without_a_format_and_its_ack_is_told_to_the_desk()
    {
        var first = _relay.Answered(RawRequest.Observe(1, "c"));
        Assert.Equal((CoapCode.Content, true, null), (first.Code, first.Observe, first.Content));
        var observe = Assert.IsType<DeskMessage.Observe>(Assert.Single(Told()));
        _relay.Uplink.HandleDeskAnswer(_relay.Now, new DeskAnswer(3, 0, observe.Observer, One("0a0b0c0d", 50)));
        var told = Assert.Single(_relay.TakeNotifications());
        Assert.Equal((true, null, CoapCode.Content), (told.Confirmable, told.Answer.Content!.Format, told.Answer.Code));
        _relay.Uplink.HandleNotified(_relay.Now, _relay.Device, new Token([1]));
        Assert.Equal(new DeskMessage.Taken("meter-7", "0a0b0c0d"), Assert.Single(Told()));
        _relay.Uplink.HandleNotified(_relay.Now, _relay.Device, new Token([1]));
        Assert.Empty(Told());
        _relay.Uplink.HandleObserverGone(_relay.Now, _relay.Device, new Token([1]));
        Assert.Equal(new DeskMessage.Unobserve("meter-7", 3, observe.Observer), Assert.Single(Told()));
        _relay.Uplink.HandleDeskAnswer(_relay.Now, new DeskAnswer(3, 0, observe.Observer, One("0a0b0c0e", 50)));
        Assert.Empty(_relay.TakeNotifications());
    }

    [Fact]
    public void A_reply_goes_where_its_command_says()
    {
        var command = One("0a0b0c0d", 50) with { ResponseTopic = "cloud/r", CorrelationData = "k"u8.ToArray() };
        _relay.Send(RawRequest.To("cr", "0a0b0c0d") with { Query = ["status=200"] });
        var find = Assert.IsType<DeskMessage.Find>(Assert.Single(Told()));
        Assert.Equal("0a0b0c0d", find.Id);
        _relay.Uplink.HandleDeskAnswer(_relay.Now, new DeskAnswer(3, find.Ticket, 0, command));
        Assert.True(_relay.Uplink.TryTakePublish(out var publish));
        Assert.Equal(("cloud/r", "k", "21.5"), (publish.Message.Topic, Encoding.UTF8.GetString(publish.Message.CorrelationData!.Value.Span), Encoding.UTF8.GetString(publish.Message.Payload.Span)));
        Assert.Contains(publish.Message.UserProperties, property => property is { Name: "status", Value: "200" });
        Assert.Contains(publish.Message.UserProperties, property => property is { Name: "path", Value: "/cr/0a0b0c0d" });
        _relay.Acknowledge(publish);
        Assert.Equal(CoapCode.Changed, _relay.TakeAnswer().Code);
        Assert.Equal(new DeskMessage.Replied("meter-7", "0a0b0c0d"), Assert.Single(Told()));
    }

    [Fact]
    public void A_reply_that_the_broker_refuses_leaves_the_command()
    {
        _relay.Send(RawRequest.To("cr", "0a0b0c0d"));
        Answer(One("0a0b0c0d", 50) with { ResponseTopic = "cloud/r" });
        Assert.True(_relay.Uplink.TryTakePublish(out var publish));
        _relay.Acknowledge(publish, MqttReasonCode.NotAuthorized);
        Assert.Equal(CoapCode.BadGateway, _relay.TakeAnswer().Code);
        Assert.Empty(Told());
    }

    [Fact]
    public void A_reply_that_nobody_waits_for_and_one_to_nothing()
    {
        _relay.Send(RawRequest.To("cr", "0a0b0c0d"));
        Answer(One("0a0b0c0d", 50));
        Assert.Equal(CoapCode.Changed, _relay.TakeAnswer().Code);
        Assert.Equal(new DeskMessage.Replied("meter-7", "0a0b0c0d"), Assert.Single(Told()));
        _relay.Send(RawRequest.To("cr", "ffffffff"));
        Answer(null);
        Assert.Equal(CoapCode.NotFound, _relay.TakeAnswer().Code);
        Assert.Equal(CoapCode.MethodNotAllowed, _relay.Refused(RawRequest.Get("cr", "ffffffff")).Code);
        Assert.Equal(CoapCode.NotFound, _relay.Refused(RawRequest.To("cr")).Code);
        Assert.Equal(CoapCode.NotFound, _relay.Refused(RawRequest.To("cr", "a", "b")).Code);
    }

    [Fact]
    public void With_mqtt_311_a_reply_has_nowhere_to_go_and_hears_so()
    {
        _relay.Uplink.HandleSettings(Relayed.Settings(RouteTests.Everything) with { HasMqtt5 = false });
        _relay.Send(RawRequest.To("cr", "0a0b0c0d"));
        Answer(One("0a0b0c0d", 50));
        Assert.Equal(CoapCode.NotImplemented, _relay.TakeAnswer().Code);
        Assert.Equal(new DeskMessage.Replied("meter-7", "0a0b0c0d"), Assert.Single(Told()));
    }

    [Theory]
    [InlineData("status=200", true)]
    [InlineData("status=not-found_1.0", true)]
    [InlineData("status=", true)]
    [InlineData("status=a b", false)]
    [InlineData("status=a\r\nb", false)]
    [InlineData("status=Zähler", false)]
    [InlineData("status=123456789012345678901234567890123", false)]
    public void A_status_is_a_short_word(string query, bool isGood)
    {
        _relay.Send(RawRequest.To("cr", "0a0b0c0d") with { Query = [query] });
        Assert.Equal(isGood ? [] : [CoapCode.BadRequest], _relay.TakeAnswers().Select(answer => answer.Code));
        Assert.Equal(isGood ? 1 : 0, Told().Count);
    }

    [Fact]
    public void A_polled_command_is_taken_by_the_reply_to_another_one_only()
    {
        _relay.Send(RawRequest.Get("c"));
        Answer(One("0a0b0c0d", 50));
        _relay.TakeAnswer();
        _relay.Send(RawRequest.To("cr", "0a0b0c0d"));
        Assert.IsType<DeskMessage.Find>(Assert.Single(Told()));
        _relay.Send(RawRequest.To("cr", "0a0b0c0e"));
        Assert.Equal([typeof(DeskMessage.Taken), typeof(DeskMessage.Find)], Told().Select(message => message.GetType()));
    }

    [Theory]
    [InlineData("ttd=300", true)]
    [InlineData("ttd=0", true)]
    [InlineData("ttd=301", false)]
    [InlineData("ttd=-1", false)]
    [InlineData("ttd=", false)]
    public void The_time_to_wait_is_at_most_five_minutes(string query, bool isGood)
    {
        var publish = _relay.Send(RawRequest.To("t") with { Query = [query] });
        Assert.Equal(isGood, publish is not null);
        Assert.Equal(isGood ? [] : [CoapCode.BadRequest], _relay.TakeAnswers().Select(answer => answer.Code));
    }

    [Fact]
    public void A_publish_that_failed_is_answered_at_once_though_it_would_wait()
    {
        var publish = _relay.Send(RawRequest.To("t") with { Query = ["ttd=60"] })!.Value;
        _relay.Acknowledge(publish, MqttReasonCode.NotAuthorized);
        Assert.Equal(CoapCode.BadGateway, _relay.TakeAnswer().Code);
        Assert.Empty(Told());
    }

    [Fact]
    public void Who_waits_with_a_desk_that_is_silent_hears_204_all_the_same()
    {
        var publish = _relay.Send(RawRequest.To("t") with { Query = ["ttd=60"] })!.Value;
        _relay.Acknowledge(publish);
        var ask = Assert.IsType<DeskMessage.Ask>(Assert.Single(Told()));
        Assert.Equal(_relay.Now + TimeSpan.FromSeconds(60), ask.Until);
        _relay.Now += TimeSpan.FromSeconds(70);
        _relay.HandleTimeout();
        Assert.Equal(CoapCode.Changed, _relay.TakeAnswer().Code);
    }

    private void Answer(Command? command) =>
        _relay.Uplink.HandleDeskAnswer(_relay.Now, new DeskAnswer(3, Told().Max(message => message is DeskMessage.Ask ask ? ask.Ticket : ((DeskMessage.Find)message).Ticket), 0, command));

    private Command One(string id, uint format) =>
        new(id, "meter-7", "a/b", new Content("go"u8.ToArray()) { Format = format }, _relay.Now + TimeSpan.FromDays(1));

    private List<DeskMessage> Told()
    {
        var told = new List<DeskMessage>();
        while (_relay.Uplink.TryTakeDeskMessage(out var message))
        {
            told.Add(message);
        }

        return told;
    }
}
