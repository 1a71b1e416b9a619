using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Requests;

public class ClientTests
{
    private readonly Peer _client = new(7);

    [Fact]
    public void A_piggybacked_response_is_matched_by_message_id_and_token()
    {
        var (handle, messageId, token) = Send(MessageType.Confirmable);
        Assert.Equal(CoapDrop.UnmatchedAcknowledgement, _client.Receive("6845" + messageId + "0000000000000000").Drop);
        Assert.Equal(CoapDrop.UnmatchedAcknowledgement, _client.Receive("6845" + Other(messageId) + token).Drop);
        Assert.Equal(ReceptionKind.Response, _client.Receive("6845" + messageId + token + "FF41").Kind);
        var what = Assert.Single(_client.Events());
        Assert.Equal((CoapEventKind.Response, handle), (what.Kind, what.Request));
        Assert.True(CoapMessage.TryParse(what.Datagram, out var response, out _));
        Assert.Equal("A"u8, response.Payload);
        Assert.Empty(_client.RunUntil(300));
        Assert.Empty(_client.Events());
    }

    [Fact]
    public void A_separate_response_is_acknowledged_each_time_and_delivered_once()
    {
        var (handle, messageId, token) = Send(MessageType.Confirmable);
        Assert.Equal(ReceptionKind.Acknowledgement, _client.Receive("6000" + messageId).Kind);
        Assert.Empty(_client.RunUntil(60));
        Assert.Equal(ReceptionKind.Response, _client.Receive("4844" + "7777" + token).Kind);
        Assert.Equal(ReceptionKind.Duplicate, _client.Receive("4844" + "7777" + token).Kind);
        Assert.Equal(["60007777", "60007777"], _client.Sent());
        Assert.Equal(handle, Assert.Single(_client.Events()).Request);
    }

    [Theory]
    [InlineData("48")]
    [InlineData("58")]
    public void A_response_before_the_ack_ends_retransmission(string first)
    {
        var (_, _, token) = Send(MessageType.Confirmable);
        Assert.Equal(ReceptionKind.Response, _client.Receive(first + "44" + "7777" + token).Kind);
        Assert.Equal(first == "48" ? ["60007777"] : [], _client.Sent());
        Assert.Empty(_client.RunUntil(300));
        Assert.Single(_client.Events());
        Assert.False(_client.Endpoint.HasUnfinished);
    }

    [Fact]
    public void Without_an_ack_a_request_is_sent_five_times_and_times_out()
    {
        var (handle, _, _) = Send(MessageType.Confirmable);
        Assert.Equal(4, _client.RunUntil(61).Count);
        Assert.Empty(_client.Events());
        _client.RunUntil(93);
        Assert.Equal(new CoapEvent(CoapEventKind.RequestTimedOut, handle, default, null), Assert.Single(_client.Events()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_a_response_a_request_times_out_after_the_exchange_lifetime(bool confirmable)
    {
        var (handle, messageId, _) = Send(confirmable ? MessageType.Confirmable : MessageType.NonConfirmable);
        if (confirmable)
        {
            _client.Receive("6000" + messageId);
        }

        Assert.Empty(_client.RunUntil(246.9));
        Assert.Empty(_client.Events());
        _client.RunUntil(247);
        Assert.Equal(new CoapEvent(CoapEventKind.RequestTimedOut, handle, default, null), Assert.Single(_client.Events()));
        Assert.Null(_client.Endpoint.NextDeadline);
    }

    [Theory]
    [InlineData(MessageType.Confirmable)]
    [InlineData(MessageType.NonConfirmable)]
    public void An_rst_ends_a_request(MessageType type)
    {
        var (handle, messageId, _) = Send(type);
        Assert.Equal(CoapDrop.UnmatchedReset, _client.Receive("7000" + Other(messageId)).Drop);
        Assert.Equal(ReceptionKind.Reset, _client.Receive("7000" + messageId).Kind);
        Assert.Equal(new CoapEvent(CoapEventKind.RequestReset, handle, default, null), Assert.Single(_client.Events()));
        Assert.Empty(_client.RunUntil(300));
    }

    // RFC 7252 §5.4.1.
    [Theory]
    [InlineData("68", 0)]
    [InlineData("48", 1)]
    [InlineData("58", 0)]
    public void A_response_with_an_unknown_critical_option_is_refused(string first, int resets)
    {
        var (handle, messageId, token) = Send(MessageType.Confirmable);
        Assert.Equal(CoapDrop.CriticalOptionInResponse, _client.Receive(first + "45" + messageId + token + "90").Drop);
        Assert.Equal(new CoapEvent(CoapEventKind.ResponseRefused, handle, default, null), Assert.Single(_client.Events()));
        Assert.Equal(Enumerable.Repeat("7000" + messageId, resets), _client.Sent());
        Assert.Empty(_client.RunUntil(300));
    }

    [Fact]
    public void A_second_request_waits_for_the_first()
    {
        var (_, messageId, token) = Send(MessageType.Confirmable);
        _client.Endpoint.Request(_client.Now, MessageType.Confirmable, CoapCode.Get, default, default, out var second);
        Assert.Empty(_client.Sent());
        _client.Receive("6845" + messageId + token);
        var next = Assert.Single(_client.Sent());
        Assert.NotEqual(token, next[8..24]);
        _client.Receive("6845" + next[4..8] + next[8..24]);
        Assert.Equal(second, _client.Events()[1].Request);
    }

    [Fact]
    public void Outstanding_requests_are_bounded()
    {
        var outcomes = Enumerable.Range(0, 40)
            .Select(_ => _client.Endpoint.Request(_client.Now, MessageType.NonConfirmable, CoapCode.Get, default, default, out var _))
            .ToList();
        Assert.Equal(32, outcomes.Count(outcome => outcome == SendOutcome.Accepted));
        Assert.Equal(8, outcomes.Count(outcome => outcome == SendOutcome.QueueFull));
        Assert.Equal(32, _client.Sent().Select(datagram => datagram[8..24]).Distinct().Count());
    }

    private static string Other(string messageId) => $"{(ushort)(Convert.ToUInt16(messageId, 16) + 1):X4}";

    private (OutgoingRequest Handle, string MessageId, string Token) Send(MessageType type)
    {
        Assert.Equal(SendOutcome.Accepted, _client.Endpoint.Request(_client.Now, type, CoapCode.Get, default, default, out var handle));
        var sent = Assert.Single(_client.Sent());
        return (handle, sent[4..8], sent[8..24]);
    }
}
