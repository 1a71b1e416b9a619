using CoapBridge.Wire;

namespace CoapBridge.Tests.Wire;

public sealed class WireWriterTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        var writer = new WireWriter(new byte[64]);
        writer.WriteUInt8(1);
        writer.WriteUInt16(0x0203);
        writer.WriteUInt24(0x040506);
        writer.WriteUInt32(0x0708090A);
        writer.WriteUInt48(0x0B0C0D0E0F10);
        writer.WriteUInt64(0x1112131415161718);
        writer.WriteVector8([25]);
        writer.WriteVector16([26, 27]);
        Assert.Equal("0102030405060708090A0B0C0D0E0F101112131415161718" + "0119" + "00021A1B", Convert.ToHexString(writer.Written));
        Assert.False(writer.Failed);
    }

    [Fact]
    public void Nothing_is_written_past_the_end()
    {
        for (var room = 0; room < 30; room++)
        {
            var buffer = Enumerable.Repeat((byte)0xEE, 40).ToArray();
            var writer = new WireWriter(buffer.AsSpan(0, room));
            writer.WriteUInt16(1);
            var open = writer.OpenVector24();
            writer.WriteUInt64(1);
            writer.WriteBytes(new byte[10]);
            writer.Close(open);
            Assert.Equal(room < 23, writer.Failed);
            Assert.All(buffer[room..], value => Assert.Equal(0xEE, value));
            Assert.InRange(writer.Length, 0, room);
        }
    }

    [Fact]
    public void An_open_vector_is_never_plausibly_short()
    {
        var buffer = new byte[8];
        var writer = new WireWriter(buffer);
        var outer = writer.OpenVector24();
        var inner = writer.OpenVector16();
        writer.WriteUInt8(5);
        Assert.Equal("FFFFFFFFFF05", Convert.ToHexString(writer.Written));
        writer.Close(inner);
        writer.Close(outer);
        Assert.Equal("000003000105", Convert.ToHexString(writer.Written));
    }

    [Theory]
    [InlineData(255, false)]
    [InlineData(256, true)]
    public void A_vector_longer_than_its_length_can_say_fails(int length, bool fails)
    {
        var writer = new WireWriter(new byte[400]);
        writer.WriteVector8(new byte[length]);
        Assert.Equal(fails, writer.Failed);
    }
}
