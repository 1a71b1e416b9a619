using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Observe;

/// <summary>
/// RFC 7641 Appendix A.1 with our server: the requests are the RFC's bytes, the answers its fields. The values of Observe and the
/// Message IDs of the server are its own affair; the former must rise.
/// </summary>
public sealed class Rfc7641AppendixATests
{
    private const string MaxAge15 = "D1010F"; // option 14
    private const string Path = "5B74656D7065726174757265"; // Uri-Path: temperature, after Observe
    private readonly Peer _server = new(7);

    [Fact]
    public void Figure_5_a_client_registers_and_is_told_a_new_state()
    {
        var first = Register("41011633" + "4A" + "60" + Path, "18.5 Cel");
        Assert.Equal((MessageType.Acknowledgement, (ushort)0x1633, "4A", "18.5 Cel"), (first.Type, first.MessageId, first.Token, first.Payload));

        var second = Tell("4A", "19.2 Cel");
        Assert.Equal((MessageType.NonConfirmable, "4A", "19.2 Cel", 15u), (second.Type, second.Token, second.Payload, second.UInt(OptionNumber.MaxAge)));
        Assert.Equal(first.Observe + 1, second.Observe);
    }

    [Fact]
    public void Figure_6_the_client_registers_again_after_max_age()
    {
        var first = Register("41011633" + "4A" + "60" + Path, "18.5 Cel");
        _server.RunUntil(60);
        var lost = Tell("4A", "19.7 Cel");
        _server.RunUntil(76);
        var again = Register("41011634" + "B2" + "60" + Path, "19.7 Cel");

        Assert.Equal(("B2", "19.7 Cel", (ushort)0x1634), (again.Token, again.Payload, again.MessageId));
        Assert.True(first.Observe < lost.Observe && lost.Observe < again.Observe);
    }

    [Fact]
    public void Figure_7_a_stored_response_is_told_by_its_etag()
    {
        Register("41011635" + "B2" + "4578797A7A79" + "20" + Path, "", CoapCode.Valid, "4578797A7A79" + "A10F");
        var told = Tell("B2", "", CoapCode.Valid, "4578797A7A79" + "A10F");

        Assert.Equal((CoapCode.Valid, "", "78797A7A79"), (told.Code, told.Payload, Convert.ToHexString(told.Option(OptionNumber.ETag)!)));
        Assert.NotNull(told.Observe);
    }

    private Sent Register(string hex, string payload, CoapCode? code = null, string options = MaxAge15)
    {
        Assert.Equal(ReceptionKind.Request, _server.Receive(hex).Kind);
        _server.Respond(_server.Requests[^1], code ?? CoapCode.Content, options, payload, observe: true);
        return Assert.Single(_server.Messages());
    }

    private Sent Tell(string token, string payload, CoapCode? code = null, string options = MaxAge15)
    {
        Assert.True(_server.Notify(token, payload, code: code, options: options));
        return Assert.Single(_server.Messages());
    }
}
