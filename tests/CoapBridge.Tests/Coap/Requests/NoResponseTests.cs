using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Requests;

/// <summary>RFC 7967, REQUIREMENTS 9.24: answers that nobody wants are left out, ACKs never.</summary>
public sealed class NoResponseTests
{
    [Theory]
    [InlineData("", 2, false)]
    [InlineData("", 4, false)]
    [InlineData("02", 2, true)]
    [InlineData("02", 4, false)]
    [InlineData("08", 4, true)]
    [InlineData("08", 2, false)]
    [InlineData("10", 5, true)]
    [InlineData("1A", 2, true)]
    [InlineData("1A", 4, true)]
    [InlineData("1A", 5, true)]
    [InlineData("18", 2, false)]
    public void The_classes_that_are_not_wanted_are_left_out_and_a_con_gets_its_ack(string value, int codeClass, bool isLeftOut)
    {
        foreach (var type in (MessageType[])[MessageType.Confirmable, MessageType.NonConfirmable])
        {
            var peer = new Peer();
            peer.Receive(Peer.Message(type, CoapCode.Post, 7, "AA", "B174" + Option(value)));
            Assert.Equal(SendOutcome.Accepted, peer.Respond(peer.Requests[0], CoapCode.Of(codeClass, 4)));
            var sent = peer.Messages();

            if (isLeftOut)
            {
                Assert.Equal(type == MessageType.Confirmable ? ["60000007"] : [], sent.Select(message => Convert.ToHexString(message.Bytes)));
            }
            else
            {
                Assert.Equal(CoapCode.Of(codeClass, 4), Assert.Single(sent).Code);
            }
        }
    }

    [Fact]
    public void A_duplicate_gets_the_empty_ack_again_and_is_not_executed_again()
    {
        var peer = new Peer();
        var request = Peer.Message(MessageType.Confirmable, CoapCode.Post, 7, "AA", "B174" + Option("1A"));
        peer.Receive(request);
        peer.Respond(peer.Requests[0], CoapCode.Changed);
        peer.Receive(request);

        Assert.Single(peer.Requests);
        Assert.Equal(["60000007", "60000007"], peer.Sent());
    }

    [Fact]
    public void Two_bytes_are_too_many_and_the_option_is_ignored()
    {
        var peer = new Peer();
        peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Post, 7, "AA", "B174" + Option("001A")));
        peer.Respond(peer.Requests[0], CoapCode.Changed);

        Assert.Equal(CoapCode.Changed, Assert.Single(peer.Messages()).Code);
    }

    [Fact]
    public void The_wish_for_the_next_block_is_never_left_out()
    {
        var peer = new Peer();
        var first = Peer.Message(MessageType.Confirmable, CoapCode.Post, 7, "AA", "B174" + "D10308" + "D1DA1A" + "FF" + new string('0', 32));
        Assert.Equal(ReceptionKind.FirstBlock, peer.Endpoint.HandleDatagram(peer.Now, first, out var request, out var exchange).Kind);
        peer.Endpoint.TakeFirstBlock(peer.Now, exchange, request, 1000);

        Assert.Equal(CoapCode.Continue, Assert.Single(peer.Messages()).Code);
    }

    /// <summary>No-Response (258) after Uri-Path (11).</summary>
    private static string Option(string value) => $"D{value.Length / 2}{258 - 11 - 13:X2}{value}";
}
