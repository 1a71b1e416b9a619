using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Messaging;

// The exchanges of RFC 7252 Appendix A, both ends ours, with the losses that the figures show.
public class AppendixATests
{
    private readonly Peer _client = new(1);
    private readonly Peer _server = new(2);

    [Fact]
    public void Figure_16_a_piggybacked_response()
    {
        var request = Ask(MessageType.Confirmable);
        _server.Receive(request);
        _server.Respond(_server.Requests[0], CoapCode.Content, payload: "22.3 C");
        Assert.Equal(ReceptionKind.Response, _client.Receive(Assert.Single(_server.Sent())).Kind);
        Delivered();
    }

    [Fact]
    public void Figure_18_a_lost_request_is_retransmitted()
    {
        var request = Ask(MessageType.Confirmable);
        var again = _client.RunUntil(3)[0].Datagram;
        Assert.Equal(request, again);
        _server.Receive(again);
        _server.Respond(_server.Requests[0], CoapCode.Content, payload: "22.3 C");
        _client.Receive(Assert.Single(_server.Sent()));
        Delivered();
    }

    [Fact]
    public void Figure_19_a_lost_answer_is_sent_again()
    {
        _server.Receive(Ask(MessageType.Confirmable));
        _server.Respond(_server.Requests[0], CoapCode.Content, payload: "22.3 C");
        var lost = Assert.Single(_server.Sent());
        _server.Receive(_client.RunUntil(3)[0].Datagram);
        Assert.Single(_server.Requests);
        Assert.Equal([lost], _server.Sent());
        _client.Receive(lost);
        Delivered();
    }

    [Fact]
    public void Figure_20_a_separate_response()
    {
        _server.Receive(Ask(MessageType.Confirmable));
        Assert.Equal(ReceptionKind.Acknowledgement, _client.Receive(_server.RunUntil(1)[0].Datagram).Kind);
        _server.Respond(_server.Requests[0], CoapCode.Content, payload: "22.3 C");
        Assert.Equal(ReceptionKind.Response, _client.Receive(Assert.Single(_server.Sent())).Kind);
        Assert.Equal(ReceptionKind.Acknowledgement, _server.Receive(Assert.Single(_client.Sent())).Kind);
        Assert.False(_server.Endpoint.HasUnfinished);
        Delivered();
    }

    [Fact]
    public void Figure_21_a_separate_response_to_a_client_that_has_restarted_is_reset()
    {
        _server.Receive(Ask(MessageType.Confirmable));
        _server.RunUntil(1);
        _server.Respond(_server.Requests[0], CoapCode.Content, payload: "22.3 C");
        var restarted = new Peer(3);
        Assert.Equal(CoapDrop.UnmatchedResponse, restarted.Receive(Assert.Single(_server.Sent())).Drop);
        Assert.Equal(ReceptionKind.Reset, _server.Receive(Assert.Single(restarted.Sent())).Kind);
        Assert.Equal(CoapEventKind.ResponseReset, Assert.Single(_server.Events()).Kind);
        Assert.Empty(_server.RunUntil(200));
    }

    [Fact]
    public void Figure_22_a_non_confirmable_request_and_response()
    {
        _server.Receive(Ask(MessageType.NonConfirmable));
        _server.Respond(_server.Requests[0], CoapCode.Content, payload: "22.3 C");
        Assert.Equal(ReceptionKind.Response, _client.Receive(Assert.Single(_server.Sent())).Kind);
        Delivered();
    }

    private string Ask(MessageType type)
    {
        var options = new OptionWriter(new byte[32]);
        options.Write(OptionNumber.UriPath, "temperature");
        _client.Endpoint.Request(_client.Now, type, CoapCode.Get, options.Written, default, out _);
        return Assert.Single(_client.Sent());
    }

    private void Delivered()
    {
        var what = Assert.Single(_client.Events());
        Assert.Equal(CoapEventKind.Response, what.Kind);
        Assert.True(CoapMessage.TryParse(what.Datagram, out var response, out _));
        Assert.Equal("22.3 C"u8, response.Payload);
        Assert.Empty(_client.RunUntil(300));
    }
}
