using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>What became of a message becomes a response code (PRODUCT.md, "What the broker's answer becomes").</summary>
public class AnswerTests
{
    private readonly Relayed _relay = new();

    [Fact]
    public void Every_reason_code_of_a_puback_has_one_answer()
    {
        for (var reason = 0; reason <= 255; reason++)
        {
            var code = reason switch
            {
                0x00 or 0x10 => "2.04",
                0x90 => "4.00",
                0x95 => "4.13",
                0x97 => "5.03",
                0x99 => "4.15",
                _ => "5.02",
            };
            var answer = AnswerTo(ReceiptOutcome.Acknowledged, (MqttReasonCode)reason);
            Assert.Equal((reason, code), (reason, answer.Code.ToString()));
            Assert.Equal(code == "5.03", answer.MaxAge is not null);
            Assert.Equal(code == "2.04", answer.Diagnostic.Length == 0);
        }
    }

    [Theory]
    [InlineData(ReceiptOutcome.HandedOver, "2.04")]
    [InlineData(ReceiptOutcome.ConnectionLost, "5.03")]
    [InlineData(ReceiptOutcome.NotConnected, "5.03")]
    [InlineData(ReceiptOutcome.QueueFull, "5.03")]
    [InlineData(ReceiptOutcome.TooLarge, "4.13")]
    [InlineData(ReceiptOutcome.NotOffered, "5.02")]
    [InlineData(ReceiptOutcome.NotValid, "4.00")]
    public void Every_outcome_has_its_answer(ReceiptOutcome outcome, string code)
    {
        var answer = AnswerTo(outcome);
        Assert.Equal(code, answer.Code.ToString());
        Assert.Equal(code == "5.03", answer.MaxAge is not null);
    }

    [Theory]
    [InlineData(0.001, 1u)]
    [InlineData(1.0, 1u)]
    [InlineData(4.2, 5u)]
    [InlineData(-3.0, 1u)]
    public void Max_age_is_the_time_to_the_next_attempt(double seconds, uint maxAge)
    {
        var relay = new Relayed(state: UpstreamState.Away);
        relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Away, relay.Now + TimeSpan.FromSeconds(seconds)));
        var answer = relay.Refused(RawRequest.To("t"));
        Assert.Equal((CoapCode.ServiceUnavailable, (uint?)maxAge), (answer.Code, answer.MaxAge));
    }

    [Theory]
    [InlineData(0x88, "5.03")]
    [InlineData(0x89, "5.03")]
    [InlineData(0x97, "5.03")]
    [InlineData(0x9F, "5.03")]
    [InlineData(0x00, "5.02")]
    [InlineData(0x80, "5.02")]
    [InlineData(0x87, "5.02")]
    [InlineData(0x8A, "5.02")]
    [InlineData(0xFF, "5.02")]
    public void A_gateway_that_is_not_let_in_says_whether_waiting_helps(int reason, string code)
    {
        var relay = new Relayed();
        relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Refused, relay.Now, (MqttReasonCode)reason));
        Assert.Equal(code, relay.Refused(RawRequest.To("t")).Code.ToString());
    }

    [Fact]
    public void A_silent_broker_is_504_once_and_a_late_receipt_is_nothing()
    {
        var publish = _relay.Send(RawRequest.To("t"))!.Value;
        Assert.Equal(_relay.Now + TimeSpan.FromSeconds(10), _relay.Uplink.NextDeadline);
        _relay.Uplink.HandleTimeout(_relay.Now + TimeSpan.FromSeconds(9.9));
        Assert.False(_relay.Uplink.TryTakeAnswer(out _));

        _relay.Uplink.HandleTimeout(_relay.Now + TimeSpan.FromSeconds(10));
        Assert.Equal(CoapCode.GatewayTimeout, _relay.TakeAnswer().Code);
        Assert.Equal((0, 0), (_relay.Uplink.OpenCount, _relay.Device.OpenPublishes));
        Assert.Null(_relay.Uplink.NextDeadline);
        _relay.Uplink.HandleReceipt(_relay.Now, new Receipt(publish.Ticket, ReceiptOutcome.Acknowledged));
        Assert.False(_relay.Uplink.TryTakeAnswer(out _));
    }

    [Fact]
    public void The_sixty_fifth_open_request_is_429_and_a_receipt_makes_room()
    {
        var first = _relay.Send(RawRequest.To("t"))!.Value;
        for (var count = 1; count < OpenRequests.MaximumPerClient; count++)
        {
            _relay.Published(RawRequest.To("t"));
        }

        var refused = _relay.Refused(RawRequest.To("t"));
        Assert.Equal(CoapCode.TooManyRequests, refused.Code);
        Assert.NotNull(refused.MaxAge);

        _relay.Uplink.HandleReceipt(_relay.Now, new Receipt(first.Ticket, ReceiptOutcome.Acknowledged));
        Assert.Equal(CoapCode.Changed, _relay.TakeAnswer().Code);
        _relay.Published(RawRequest.To("t"));
    }

    [Fact]
    public void A_draining_relay_asks_to_come_again()
    {
        _relay.Uplink.BeginDrain(_relay.Now);
        var answer = _relay.Refused(RawRequest.To("t"));
        Assert.Equal(CoapCode.ServiceUnavailable, answer.Code);
        Assert.NotNull(answer.MaxAge);
    }

    private Answer AnswerTo(ReceiptOutcome outcome, MqttReasonCode reason = MqttReasonCode.Success)
    {
        var publish = _relay.Send(RawRequest.To("t"))!.Value;
        _relay.Uplink.HandleReceipt(_relay.Now, new Receipt(publish.Ticket, outcome, reason));
        return _relay.TakeAnswer();
    }
}
