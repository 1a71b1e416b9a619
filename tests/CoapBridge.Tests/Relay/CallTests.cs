using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>Calls of the cloud (PRODUCT.md, "Resources"): an answer is only for who called, and only in time.</summary>
public class CallTests
{
    private const string ResponseTopic = "gateways/gateway-1/r/calls";

    private readonly Relayed _relay = new(RouteTests.Everything);

    public CallTests()
    {
        Assert.Contains(_relay.TakeSubscriptions(), change => change is { Filter: ResponseTopic, Wanted: true, WantsRetained: false });
        _relay.Settle(ResponseTopic);
    }

    [Fact]
    public void A_call_is_answered_by_the_cloud()
    {
        var call = _relay.Send(RawRequest.To("rpc", "lookup"))!.Value;
        Assert.Equal(("devices/meter-7/rpc/lookup", ResponseTopic, false), (call.Message.Topic, call.Message.ResponseTopic, call.Message.Retain));
        _relay.Acknowledge(call);
        Assert.Empty(_relay.TakeAnswers());
        Reply(call, "42", "application/json");
        var answer = _relay.TakeAnswer();
        Assert.Equal((CoapCode.Changed, 50u, "42"), (answer.Code, answer.Content!.Format, Encoding.UTF8.GetString(answer.Content.Payload.Span)));
        Assert.Equal(0, _relay.Uplink.OpenCount);
    }

    [Fact]
    public void The_answer_may_come_before_the_puback()
    {
        var call = _relay.Send(RawRequest.To("rpc", "lookup"))!.Value;
        Reply(call, "42");
        Assert.Equal(CoapCode.Changed, _relay.TakeAnswer().Code);
        _relay.Acknowledge(call);
        Assert.Empty(_relay.TakeAnswers());
    }

    /// <summary>ATTACKS I10.</summary>
    [Fact]
    public void A_late_answer_is_dropped_and_counted()
    {
        var call = _relay.Send(RawRequest.To("rpc", "lookup"))!.Value;
        _relay.Acknowledge(call);
        _relay.Now += TimeSpan.FromSeconds(10);
        _relay.HandleTimeout();
        Assert.Equal(CoapCode.GatewayTimeout, _relay.TakeAnswer().Code);
        Reply(call, "42");
        Assert.Empty(_relay.TakeAnswers());
        Assert.Equal(1, _relay.Uplink.Counters.LateAnswers);
    }

    [Fact]
    public void A_second_answer_is_a_late_one()
    {
        var call = _relay.Send(RawRequest.To("rpc", "lookup"))!.Value;
        Reply(call, "1");
        Reply(call, "2");
        _relay.TakeAnswer();
        Assert.Equal(1, _relay.Uplink.Counters.LateAnswers);
    }

    [Fact]
    public void Every_changed_byte_of_the_correlation_makes_it_nobodys()
    {
        var call = _relay.Send(RawRequest.To("rpc", "lookup"))!.Value;
        var correlation = call.Message.CorrelationData!.Value.ToArray();
        for (var place = 0; place < correlation.Length; place++)
        {
            byte[] forged = [.. correlation];
            forged[place] ^= 1;
            Reply(forged);
        }

        Reply(correlation[..^1]);
        Reply([.. correlation, 0]);
        Reply([]);
        Reply(null);
        Assert.Empty(_relay.TakeAnswers());
        Reply(correlation);
        Assert.Equal(CoapCode.Changed, _relay.TakeAnswer().Code);
    }

    [Fact]
    public void A_call_that_nobody_takes_ends_at_once()
    {
        var call = _relay.Send(RawRequest.To("rpc", "lookup"))!.Value;
        _relay.Acknowledge(call, MqttReasonCode.NoMatchingSubscribers);
        Assert.Equal(CoapCode.GatewayTimeout, _relay.TakeAnswer().Code);
    }

    [Fact]
    public void A_call_that_the_broker_refuses_says_so()
    {
        var call = _relay.Send(RawRequest.To("rpc", "lookup"))!.Value;
        _relay.Acknowledge(call, MqttReasonCode.NotAuthorized);
        Assert.Equal(CoapCode.BadGateway, _relay.TakeAnswer().Code);
        Assert.Equal(0, _relay.Uplink.OpenCount);
    }

    [Fact]
    public void Before_answers_can_come_a_call_is_asked_to_come_again()
    {
        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Away));
        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Connected));
        Assert.Equal(CoapCode.ServiceUnavailable, _relay.Refused(RawRequest.To("rpc", "lookup")).Code);
        _relay.Uplink.HandleSubscription(_relay.Now, new SubscriptionStatus(ResponseTopic, SubscriptionState.Active));
        Assert.NotNull(_relay.Send(RawRequest.To("rpc", "lookup")));
    }

    [Fact]
    public void Calling_is_a_right_of_its_own()
    {
        Assert.Equal(CoapCode.Forbidden, new Relayed().Refused(RawRequest.To("rpc", "lookup")).Code);
        Assert.Equal(CoapCode.NotFound, _relay.Refused(RawRequest.To("rpc")).Code);
        Assert.Equal(CoapCode.NotFound, _relay.Refused(RawRequest.To("rpc", "a", "b")).Code);
        Assert.Equal(CoapCode.MethodNotAllowed, _relay.Refused(RawRequest.Get("rpc", "a")).Code);
    }

    private void Reply(Publish call, string payload, string? type = null) => _relay.Deliver(
        ResponseTopic, payload, retain: false, adapt: message => message with { CorrelationData = call.Message.CorrelationData, ContentType = type });

    private void Reply(byte[]? correlation) =>
        _relay.Deliver(ResponseTopic, "x", retain: false, adapt: message => message with { CorrelationData = correlation });
}
