using System.Text;
using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Requests;

public class ServerTests
{
    [Fact]
    public void A_request_is_handed_out_as_a_view_over_the_datagram()
    {
        var peer = new Peer();
        var reception = peer.Endpoint.HandleDatagram(peer.Now, Peer.Post(9), out var request, out var exchange);
        Assert.Equal(new Reception(ReceptionKind.Request), reception);
        Assert.Equal(CoapCode.Post, request.Code);
        Assert.Equal("21.5"u8, request.Payload);
        Assert.NotEqual(default, exchange);
    }

    // RFC 7252 Appendix A, Figure 16: the answer carries "22.3 C".
    [Fact]
    public void Figure_16_is_answered_as_in_the_rfc()
    {
        var peer = new Peer();
        peer.Receive("40017D34BB74656D7065726174757265");
        peer.Respond(peer.Requests[0], CoapCode.Content, payload: "22.3 C");
        Assert.Equal(["60457D34FF32322E332043"], peer.Sent());
    }

    // RFC 7252 §5.4.1, §5.4.3, §5.4.5, §5.10.1; ATTACKS H07, H14, H15.
    [Theory]
    [InlineData("90", "4.02", "critical-option: 9")]
    [InlineData("E0FEF2", "4.02", "critical-option: 65535")]
    [InlineData("30", "4.02", "critical-option: 3")]                     // Uri-Host of 0 bytes
    [InlineData("3161" + "0162", "4.02", "critical-option: 3")]          // Uri-Host twice
    [InlineData("73010203", "4.02", "critical-option: 7")]               // Uri-Port of 3 bytes
    [InlineData("5101", "4.02", "critical-option: 5")]                   // If-None-Match with a value
    [InlineData("D10432" + "0133", "4.02", "critical-option: 17")]       // Accept twice
    [InlineData("D40A00000000", "4.02", "critical-option: 23")]          // Block2 of 4 bytes
    [InlineData("D10A07", "4.00", "block-size: 23")]                     // Block2 with SZX 7
    [InlineData("D10E0F", "4.00", "block-size: 27")]                     // Block1 with SZX 7
    [InlineData("D71668747470733A2F", "5.05", "no-proxy: 35")]
    [InlineData("D41A68747470", "5.05", "no-proxy: 39")]
    [InlineData("B2C328", "4.00", "utf8: 11")]
    [InlineData("31FF", "4.00", "utf8: 3")]
    [InlineData("D102FF", "4.00", "utf8: 15")]
    public void A_request_that_no_resource_could_take_is_refused(string options, string code, string diagnostic)
    {
        var peer = new Peer();
        for (var copy = 0; copy < 2; copy++)
        {
            var con = Peer.Message(MessageType.Confirmable, CoapCode.Get, 0x0203, "AA", options);
            Assert.Equal(ReceptionKind.Dropped, peer.Receive(con).Kind);
            var sent = Convert.FromHexString(Assert.Single(peer.Sent()));
            Assert.True(CoapMessage.TryParse(sent, out var answer, out _));
            Assert.Equal((MessageType.Acknowledgement, 0x0203, code), (answer.Type, answer.MessageId, answer.Code.ToString()));
            Assert.Equal([0xAA], answer.Token.ToArray());
            Assert.Equal(diagnostic, Encoding.UTF8.GetString(answer.Payload));
        }

        // RFC 7252 §5.4.1: a NON with an unrecognised critical option is rejected in silence; other refusals are NONs, once.
        var non = Peer.Message(MessageType.NonConfirmable, CoapCode.Get, 0x0204, "AA", options);
        peer.Receive(non);
        peer.Receive(non);
        Assert.Equal(code == "4.02" ? 0 : 1, peer.Sent().Count(datagram => datagram.StartsWith("51", StringComparison.Ordinal)));
        Assert.Empty(peer.Requests);
    }

    [Theory]
    [InlineData("3161" + "40", "host")]              // Uri-Host, empty Uri-Port
    [InlineData("4101", "ETag")]
    [InlineData("E0FEF1", "elective 65534")]
    [InlineData("C3000032", "ill-formed Content-Format")]
    public void What_may_be_ignored_is(string options, string why)
    {
        Assert.NotEmpty(why);
        var peer = new Peer();
        Assert.Equal(ReceptionKind.Request, peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, 1, "", options)).Kind);
    }

    [Fact]
    public void Proxy_uri_is_refused_at_any_length()
    {
        foreach (var length in (int[])[0, 1034, 1035])
        {
            var bytes = new byte[1200];
            var writer = new CoapWriter(bytes, MessageType.Confirmable, CoapCode.Get, 1, default);
            writer.WriteOption(OptionNumber.ProxyUri, new byte[length]);
            Assert.Equal(CoapDrop.Proxying, new Peer().Receive(writer.Written).Drop);
        }
    }

    // ATTACKS H06.
    [Theory]
    [InlineData(64, CoapDrop.None)]
    [InlineData(65, CoapDrop.TooManyOptions)]
    [InlineData(1100, CoapDrop.TooManyOptions)]
    public void An_option_bomb_is_refused(int count, CoapDrop expected)
    {
        var peer = new Peer();
        var bomb = Peer.Message(MessageType.Confirmable, CoapCode.Put, 1, "", "B0" + string.Concat(Enumerable.Repeat("00", count - 1)));
        Assert.Equal(expected, peer.Receive(bomb).Drop);
        Assert.Equal(expected == CoapDrop.None ? 0 : 1, peer.Sent().Count(datagram => datagram.StartsWith("6080", StringComparison.Ordinal)));
    }

    // ATTACKS H02, H04, H05: RST for CON, silence for everything else.
    [Theory]
    [InlineData("49010007")]
    [InlineData("4F010007")]
    [InlineData("40010007F0")]
    [InlineData("40010007FF")]
    [InlineData("40010007E0FFFF")]
    [InlineData("4000000700")]
    [InlineData("40E00007")]
    public void A_format_error_in_a_con_is_reset_and_in_others_ignored(string hex)
    {
        var peer = new Peer();
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(CoapDrop.FormatError, peer.Receive(bytes).Drop);
        Assert.Equal(["70000007"], peer.Sent());
        foreach (var type in (int[])[1, 2, 3])
        {
            bytes[0] = (byte)((bytes[0] & 0xCF) | (type << 4));
            Assert.Equal(CoapDrop.FormatError, peer.Receive(bytes).Drop);
            Assert.Empty(peer.Sent());
        }
    }

    [Theory]
    [InlineData("00010007", CoapFault.Version)]
    [InlineData("80010007", CoapFault.Version)]
    [InlineData("C0010007", CoapFault.Version)]
    [InlineData("400100", CoapFault.TooShort)]
    public void Another_version_or_a_stump_is_ignored(string hex, CoapFault fault)
    {
        var peer = new Peer();
        Assert.Equal(new Reception(ReceptionKind.Dropped, CoapDrop.FormatError, fault), peer.Receive(hex));
        Assert.Empty(peer.Sent());
    }

    // ATTACKS H08.
    [Theory]
    [InlineData("60010007", CoapDrop.RequestInAcknowledgement, 0)]
    [InlineData("70450007", CoapDrop.ResetNotEmpty, 0)]
    [InlineData("70010007FF41", CoapDrop.ResetNotEmpty, 0)]
    [InlineData("40450007", CoapDrop.UnmatchedResponse, 1)]
    [InlineData("50450007", CoapDrop.UnmatchedResponse, 0)]
    [InlineData("60450007", CoapDrop.UnmatchedAcknowledgement, 0)]
    public void A_code_in_the_wrong_type_is_no_request(string hex, CoapDrop expected, int resets)
    {
        var peer = new Peer();
        Assert.Equal(expected, peer.Receive(hex).Drop);
        Assert.Equal(Enumerable.Repeat("70000007", resets), peer.Sent());
    }

    [Fact]
    public void Every_method_reaches_the_owner()
    {
        var peer = new Peer();
        for (byte code = 1; code < 32; code++)
        {
            Assert.Equal(ReceptionKind.Request, peer.Receive(Peer.Message(MessageType.Confirmable, new CoapCode(code), code)).Kind);
        }
    }

    [Fact]
    public void Options_that_leave_no_room_for_a_block_leave_the_exchange_open()
    {
        var peer = new Peer();
        peer.Receive(Peer.Post(1));
        var options = string.Concat(Enumerable.Repeat("8DFF", 1)) + new string('0', 2 * 268) + string.Concat(Enumerable.Repeat("0DF2" + new string('0', 2 * 255), 4));
        Assert.Equal(SendOutcome.TooLarge, peer.Respond(peer.Requests[0], CoapCode.Content, options, "x"));
        Assert.Equal(SendOutcome.Accepted, peer.Respond(peer.Requests[0], CoapCode.Content, payload: new string('x', 1024)));
        Assert.Equal(2 * (CoapMessage.HeaderLength + 4 + 1 + 1024), Assert.Single(peer.Sent()).Length);
    }

    [Fact]
    public void An_idle_endpoint_is_one_small_object()
    {
        var group = new EndpointGroup(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(1));
        var endpoints = new CoapEndpoint[1000];
        endpoints[0] = new CoapEndpoint(group);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 1; index < endpoints.Length; index++)
        {
            endpoints[index] = new CoapEndpoint(group);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (endpoints.Length - 1), 100, 320);
    }

    [Fact]
    public void The_common_path_allocates_little()
    {
        var endpoint = new CoapEndpoint(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(1));
        var now = new CoapBridge.Wire.Instant(0);
        var datagram = Peer.Post(0);
        var buffer = new byte[CoapMessage.MaxLength];
        Turn(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (ushort id = 1; id <= 8000; id++)
        {
            Turn(id);
        }

        // Only the ring grows, by doubling: 2 bytes of Message ID and a ReceivedMessage each.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * 8192 * 44);

        void Turn(ushort id)
        {
            (datagram[2], datagram[3]) = ((byte)(id >> 8), (byte)id);
            endpoint.HandleDatagram(now, datagram, out _, out var exchange);
            endpoint.Respond(now, exchange, CoapCode.Changed);
            Assert.True(endpoint.TryTakeTransmit(buffer, out _));
        }
    }
}
