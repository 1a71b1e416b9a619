using CoapBridge.Wire;

namespace CoapBridge.Tests.Wire;

public sealed class WireReaderTests
{
    [Fact]
    public void Numbers_are_big_endian()
    {
        var reader = new WireReader([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
        Assert.Equal(1, reader.ReadUInt8());
        Assert.Equal(0x0203, reader.ReadUInt16());
        Assert.Equal(0x040506, reader.ReadUInt24());
        Assert.Equal(0x0708090Au, reader.ReadUInt32());
        Assert.Equal(0x0B0C0D0E0F10UL, reader.ReadUInt48());
        Assert.Equal(0x1112131415161718UL, reader.ReadUInt64());
        Assert.True(reader.AtEnd);
    }

    [Fact]
    public void A_short_read_fails_and_stays_failed()
    {
        var reader = new WireReader([1, 2, 3]);
        Assert.Equal(0u, reader.ReadUInt32());
        Assert.True(reader.Failed);
        Assert.Equal(0, reader.ReadUInt8());
        Assert.True(reader.ReadRest().IsEmpty);
        Assert.False(reader.HasMore);
        Assert.False(reader.AtEnd);
    }

    [Theory]
    [InlineData("", 0, false)]
    [InlineData("00", 0, true)]
    [InlineData("00", 1, false)]
    [InlineData("0105", 1, true)]
    [InlineData("0205", 0, false)]
    [InlineData("010500", 0, false)]
    public void A_vector_is_whole_and_long_enough(string hex, int minimum, bool whole)
    {
        var reader = new WireReader(Convert.FromHexString(hex));
        reader.ReadVector8(minimum);
        Assert.Equal(whole, reader.AtEnd);
    }

    [Fact]
    public void A_vector_cannot_be_read_past()
    {
        var reader = new WireReader([0, 2, 1, 2, 9]);
        var inner = new WireReader(reader.ReadVector16());
        inner.ReadUInt8();
        inner.ReadUInt16();
        Assert.True(inner.Failed);
        Assert.Equal(9, reader.ReadUInt8());
        Assert.True(reader.AtEnd);
    }

    [Fact]
    public void Lengths_of_24_bits_are_read_and_checked()
    {
        var reader = new WireReader([0, 0, 1, 7]);
        Assert.Equal([7], reader.ReadVector24().ToArray());
        Assert.True(reader.AtEnd);
        reader = new WireReader([0xFF, 0xFF, 0xFF, 7]);
        reader.ReadVector24();
        Assert.True(reader.Failed);
        reader = new WireReader([1, 2]);
        reader.ReadBytes(-1);
        Assert.True(reader.Failed);
    }

    [Fact]
    public void A_refusal_of_the_caller_counts_as_failure()
    {
        var reader = new WireReader([1]);
        reader.Fail();
        Assert.True(reader.Failed);
        Assert.False(reader.HasMore);
    }
}
