using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Messages;

public class OptionTests
{
    [Theory]
    [InlineData(12, 0, "C0")]
    [InlineData(13, 0, "D000")]
    [InlineData(14, 0, "D001")]
    [InlineData(268, 0, "D0FF")]
    [InlineData(269, 0, "E00000")]
    [InlineData(65535, 0, "E0FEF2")]
    [InlineData(1, 12, "1C")]
    [InlineData(1, 13, "1D00")]
    [InlineData(1, 14, "1D01")]
    [InlineData(1, 268, "1DFF")]
    [InlineData(1, 269, "1E0000")]
    [InlineData(269, 269, "EE00000000")]
    public void Deltas_and_lengths_take_their_shortest_form(int number, int length, string header)
    {
        var writer = new OptionWriter(new byte[512]);
        writer.Write((OptionNumber)number, new byte[length]);
        Assert.Equal(header + new string('0', 2 * length), Convert.ToHexString(writer.Written));

        byte[] message = [0x40, 0x01, 0, 1, .. writer.Written];
        Assert.True(CoapMessage.TryParse(message, out var parsed, out _));
        Assert.Equal(1, parsed.OptionCount);
        foreach (var option in parsed.AllOptions)
        {
            Assert.Equal(number, (int)option.Number);
            Assert.Equal(length, option.Value.Length);
        }
    }

    [Theory]
    [InlineData(0u, "")]
    [InlineData(1u, "01")]
    [InlineData(255u, "FF")]
    [InlineData(256u, "0100")]
    [InlineData(uint.MaxValue, "FFFFFFFF")]
    public void A_uint_is_sent_without_leading_zeros(uint value, string bytes)
    {
        var writer = new OptionWriter(new byte[16]);
        writer.Write(OptionNumber.MaxAge, value);
        Assert.Equal(bytes, Convert.ToHexString(writer.Written[2..]));
    }

    [Fact]
    public void A_uint_with_leading_zeros_is_understood()
    {
        var message = Peer.Message(MessageType.Confirmable, CoapCode.Get, 1, rest: "D301" + "00003C");
        Assert.True(CoapMessage.TryParse(message, out var parsed, out _));
        Assert.True(parsed.TryGetUInt32(OptionNumber.MaxAge, out var value));
        Assert.Equal(60u, value);
    }

    // RFC 7252 §5.4.3, §5.4.5: treated like an unrecognised option, and an elective one is ignored.
    [Theory]
    [InlineData("C3000032", 0)]           // Content-Format with 3 bytes
    [InlineData("C132" + "0133", 1)]      // Content-Format twice: the first counts
    [InlineData("4101" + "0102", 2)]      // ETag may be repeated
    [InlineData("40", 0)]                 // ETag of 0 bytes
    public void An_elective_option_that_is_not_well_formed_is_not_seen(string options, int seen)
    {
        Assert.True(CoapMessage.TryParse(Peer.Message(MessageType.Confirmable, CoapCode.Get, 1, rest: options), out var message, out _));
        var count = 0;
        foreach (var option in message.Options)
        {
            Assert.True(option.IsWellFormed);
            count++;
        }

        Assert.Equal(seen, count);
    }

    [Fact]
    public void Options_in_descending_order_are_our_bug() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            var writer = new OptionWriter(new byte[16]);
            writer.Write(OptionNumber.UriQuery, "a");
            writer.Write(OptionNumber.UriPath, "a");
        });

    [Fact]
    public void What_does_not_fit_fails_and_writes_nothing_past_the_end()
    {
        for (var size = 0; size < 20; size++)
        {
            var whole = new byte[32];
            var writer = new CoapWriter(whole.AsSpan(0, size), MessageType.Confirmable, CoapCode.Post, 1, "tok"u8);
            writer.WriteOption(OptionNumber.UriPath, "path");
            writer.WritePayload("payload!"u8);
            Assert.True(writer.Failed, $"{size}");
            Assert.Equal(0, writer.Length);
            Assert.True(whole.AsSpan(size).IndexOfAnyExcept((byte)0) < 0);
        }
    }

    // ATTACKS H06: the walk is linear and the count is known without a list.
    [Fact]
    public void A_thousand_options_are_counted()
    {
        byte[] bytes = [0x40, 0x01, 0, 1, .. new byte[1100]];
        Assert.True(CoapMessage.TryParse(bytes, out var message, out _));
        Assert.Equal(1100, message.OptionCount);
    }
}
