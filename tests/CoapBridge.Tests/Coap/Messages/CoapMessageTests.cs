using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Messages;

public class CoapMessageTests
{
    // RFC 7252 Appendix A, Figure 16: CON GET /temperature, Message ID 0x7d34.
    private const string Figure16Request = "40017D34BB74656D7065726174757265";

    [Fact]
    public void The_request_of_figure_16_is_read_and_written()
    {
        var bytes = Convert.FromHexString(Figure16Request);
        Assert.True(CoapMessage.TryParse(bytes, out var message, out var fault));
        Assert.Equal(CoapFault.None, fault);
        Assert.Equal(MessageType.Confirmable, message.Type);
        Assert.Equal(CoapCode.Get, message.Code);
        Assert.Equal(0x7D34, message.MessageId);
        Assert.True(message.Token.IsEmpty && message.Payload.IsEmpty);
        Assert.True(message.TryGetOption(OptionNumber.UriPath, out var path));
        Assert.Equal("temperature"u8, path);
        Assert.False(message.TryGetOption(OptionNumber.UriQuery, out _));

        var writer = new CoapWriter(new byte[64], MessageType.Confirmable, CoapCode.Get, 0x7D34, default);
        writer.WriteOption(OptionNumber.UriPath, "temperature");
        Assert.Equal(bytes, writer.Written);
    }

    [Fact]
    public void The_response_of_figure_17_is_read_and_written()
    {
        var bytes = Convert.FromHexString("61457D3520FF32322E332043");
        Assert.True(CoapMessage.TryParse(bytes, out var message, out _));
        Assert.Equal(MessageType.Acknowledgement, message.Type);
        Assert.Equal("2.05", message.Code.ToString());
        Assert.Equal([0x20], message.Token.ToArray());
        Assert.Equal("22.3 C"u8, message.Payload);

        var writer = new CoapWriter(new byte[64], MessageType.Acknowledgement, CoapCode.Content, 0x7D35, [0x20]);
        writer.WritePayload("22.3 C"u8);
        Assert.Equal(bytes, writer.Written);
    }

    // Each prefix is malformed, except where it ends behind the token, an option, or in the payload.
    [Fact]
    public void Every_strict_prefix_fails_or_is_a_whole_shorter_message()
    {
        var bytes = new byte[512];
        var writer = new CoapWriter(bytes, MessageType.Confirmable, CoapCode.Put, 7, "token"u8);
        var whole = new List<int> { writer.Length };
        writer.WriteOption(OptionNumber.UriPath, "a");
        whole.Add(writer.Length);
        writer.WriteOption(OptionNumber.UriPath, new string('b', 13));
        whole.Add(writer.Length);
        writer.WriteOption(OptionNumber.ContentFormat, 50);
        whole.Add(writer.Length);
        writer.WriteOption(OptionNumber.RequestTag, "x"u8);
        whole.Add(writer.Length);
        writer.WriteOption((OptionNumber)65000, new byte[269]);
        whole.Add(writer.Length);
        writer.WritePayload("payload"u8);
        whole.AddRange(Enumerable.Range(writer.Length - 6, 7));

        for (var length = 0; length <= writer.Length; length++)
        {
            Assert.Equal(whole.Contains(length), CoapMessage.TryParse(bytes.AsSpan(0, length), out _, out var fault));
            Assert.Equal(whole.Contains(length), fault == CoapFault.None);
        }
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public void A_token_length_over_8_is_a_format_error(int length)
    {
        byte[] bytes = [(byte)(0x40 | length), 0x01, 0x12, 0x34, .. new byte[64]];
        Assert.False(CoapMessage.TryParse(bytes, out var message, out var fault));
        Assert.Equal(CoapFault.TokenLength, fault);
        Assert.Equal(MessageType.Confirmable, message.Type);
        Assert.Equal(0x1234, message.MessageId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void A_token_of_0_to_8_bytes_is_read(int length)
    {
        byte[] bytes = [(byte)(0x40 | length), 0x01, 0x12, 0x34, .. new byte[length]];
        Assert.True(CoapMessage.TryParse(bytes, out var message, out _));
        Assert.Equal(length, message.Token.Length);
    }

    [Theory]
    [InlineData("400000", CoapFault.TooShort)]
    [InlineData("", CoapFault.TooShort)]
    [InlineData("00010001", CoapFault.Version)]
    [InlineData("80010001", CoapFault.Version)]
    [InlineData("C0010001", CoapFault.Version)]
    [InlineData("4100000100", CoapFault.EmptyWithContent)]
    [InlineData("40000001FF01", CoapFault.EmptyWithContent)]
    [InlineData("41000001", CoapFault.EmptyWithContent)]
    [InlineData("42010001AA", CoapFault.TokenLength)]
    [InlineData("40200001", CoapFault.ReservedClass)]
    [InlineData("403F0001", CoapFault.ReservedClass)]
    [InlineData("40C00001", CoapFault.ReservedClass)]
    [InlineData("40E10001", CoapFault.ReservedClass)]
    [InlineData("40010001F0", CoapFault.OptionNibble)]
    [InlineData("40010001F100", CoapFault.OptionNibble)]
    [InlineData("400100010F", CoapFault.OptionNibble)]
    [InlineData("4001000110FE", CoapFault.OptionNibble)]
    [InlineData("40010001EF0000", CoapFault.OptionNibble)]
    [InlineData("40010001E0FFFF", CoapFault.OptionNumberOverflow)]
    [InlineData("40010001E0FEF200", CoapFault.None)]
    [InlineData("40010001E0FEF210", CoapFault.OptionNumberOverflow)]
    [InlineData("40010001E08000E08000", CoapFault.OptionNumberOverflow)]
    [InlineData("40010001D0", CoapFault.OptionOverflow)]
    [InlineData("40010001E000", CoapFault.OptionOverflow)]
    [InlineData("400100010D", CoapFault.OptionOverflow)]
    [InlineData("400100010EFFFF", CoapFault.OptionOverflow)]
    [InlineData("4001000112AA", CoapFault.OptionOverflow)]
    [InlineData("40010001FF", CoapFault.PayloadMarkerWithoutPayload)]
    [InlineData("4001000110FF", CoapFault.PayloadMarkerWithoutPayload)]
    [InlineData("40010001FFFF", CoapFault.None)]
    public void Each_format_error_has_its_reason(string hex, CoapFault expected)
    {
        Assert.Equal(expected == CoapFault.None, CoapMessage.TryParse(Convert.FromHexString(hex), out _, out var fault));
        Assert.Equal(expected, fault);
    }

    // ATTACKS H01: everything of 0 to 3 bytes.
    [Fact]
    public void No_datagram_below_4_bytes_is_a_message()
    {
        Assert.False(CoapMessage.TryParse([], out _, out _));
        Span<byte> bytes = stackalloc byte[3];
        for (var value = 0; value < 1 << 24; value++)
        {
            (bytes[0], bytes[1], bytes[2]) = ((byte)(value >> 16), (byte)(value >> 8), (byte)value);
            if (CoapMessage.TryParse(bytes, out _, out var fault) || fault != CoapFault.TooShort
                || CoapMessage.TryParse(bytes[1..], out _, out _) || CoapMessage.TryParse(bytes[2..], out _, out _))
            {
                Assert.Fail($"{value:X6}");
            }
        }
    }
}
