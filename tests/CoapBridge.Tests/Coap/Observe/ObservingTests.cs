using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Observe;

/// <summary>We observe: RFC 7641 §3.</summary>
public sealed class ObservingTests
{
    private readonly Peer _peer = new();

    [Fact]
    public void Each_notification_is_an_event_until_one_has_no_observe()
    {
        var (request, token) = Register(5);
        Notify(token, 6, messageId: 1);
        Notify(token, 7, messageId: 2);
        Notify(token, null, messageId: 3);

        Assert.Equal(4, Count(request));
        Assert.Equal(["60000001", "60000002", "60000003"], _peer.Sent());
        Notify(token, 8, messageId: 4);
        Assert.Equal(["70000004"], _peer.Sent());
    }

    [Theory]
    [InlineData(5u, 5u, false)]
    [InlineData(5u, 4u, false)]
    [InlineData(5u, 6u, true)]
    [InlineData(0xFF_FFFFu, 0u, true)]
    [InlineData(0u, 0xFF_FFFFu, false)]
    [InlineData(0u, 0x7F_FFFFu, true)]
    [InlineData(0u, 0x80_0000u, false)]
    [InlineData(0x80_0001u, 0u, true)]
    public void What_was_overtaken_on_its_way_is_acknowledged_and_tells_nothing(uint first, uint second, bool isNews)
    {
        var (request, token) = Register(first);
        Notify(token, second, messageId: 1);

        Assert.Equal(isNews ? 2 : 1, Count(request));
        Assert.Equal(["60000001"], _peer.Sent());
    }

    [Fact]
    public void After_128_seconds_every_number_is_news()
    {
        var (request, token) = Register(5);
        _peer.RunUntil(129);
        Notify(token, 4, messageId: 1);

        Assert.Equal(2, Count(request));
    }

    [Fact]
    public void An_observation_outlives_exchange_lifetime()
    {
        var (request, token) = Register(5);
        _peer.RunUntil(100_000);
        Notify(token, 6, messageId: 1);

        Assert.Equal(2, Count(request));
    }

    [Fact]
    public void Deregistering_goes_under_the_same_token_and_its_answer_is_the_last_event()
    {
        var (request, token) = Register(5);
        Assert.Equal(SendOutcome.Accepted, _peer.Endpoint.Deregister(_peer.Now, request, [0x61, 0x01]));
        var sent = Assert.Single(_peer.Messages());
        Assert.Equal((token, 1u), (sent.Token, sent.Observe));
        _peer.Receive(Peer.Message(MessageType.Acknowledgement, CoapCode.Content, sent.MessageId, token, "FF31"));

        Assert.Equal(2, Count(request));
        Assert.Equal(SendOutcome.Gone, _peer.Endpoint.Deregister(_peer.Now, request, [0x61, 0x01]));
    }

    [Fact]
    public void An_unwanted_non_notification_gets_an_rst()
    {
        _peer.Receive(Peer.Message(MessageType.NonConfirmable, CoapCode.Content, 9, "AA", "6105" + "FF31"));
        Assert.Equal(["70000009"], _peer.Sent());
        _peer.Receive(Peer.Message(MessageType.NonConfirmable, CoapCode.Content, 10, "AA", "FF31"));
        Assert.Empty(_peer.Sent());
    }

    [Fact]
    public void A_response_with_observe_to_a_request_without_it_is_the_only_one()
    {
        _peer.Endpoint.Request(_peer.Now, MessageType.Confirmable, CoapCode.Get, default, default, out _);
        var sent = Assert.Single(_peer.Messages());
        _peer.Receive(Peer.Message(MessageType.Acknowledgement, CoapCode.Content, sent.MessageId, sent.Token, "6105"));
        Notify(sent.Token, 6, messageId: 1);

        Assert.Single(_peer.Events());
    }

    private int Count(OutgoingRequest request) =>
        _peer.Events().Count(what => what.Kind == CoapEventKind.Response && what.Request == request);

    private (OutgoingRequest Request, string Token) Register(uint observe)
    {
        _peer.Endpoint.Request(_peer.Now, MessageType.Confirmable, CoapCode.Get, [0x60], default, out var request);
        var sent = Assert.Single(_peer.Messages());
        _peer.Receive(Peer.Message(MessageType.Acknowledgement, CoapCode.Content, sent.MessageId, sent.Token, Observe(observe) + "FF31"));
        return (request, sent.Token);
    }

    private void Notify(string token, uint? observe, ushort messageId) =>
        _peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Content, messageId, token, Observe(observe) + "FF31"));

    private static string Observe(uint? value)
    {
        if (value is not { } known)
        {
            return "";
        }

        var options = new OptionWriter(new byte[8]);
        options.Write(OptionNumber.Observe, known);
        return Convert.ToHexString(options.Written);
    }
}
