using CoapBridge.Dtls.Records;

namespace CoapBridge.Tests.Dtls.Records;

public sealed class RecordHeaderTests
{
    [Fact]
    public void A_header_has_these_13_bytes()
    {
        var header = new RecordHeader(ContentType.ApplicationData, DtlsVersion.Dtls12, 0x0102, 0x030405060708, 3);
        var bytes = new byte[16];
        header.Write(bytes);
        Assert.Equal("17FEFD01020304050607080003", Convert.ToHexString(bytes, 0, 13));
        Assert.True(RecordHeader.TryParse(bytes, out var parsed));
        Assert.Equal(header, parsed);
    }

    [Theory]
    [InlineData(0, 16384, true)]
    [InlineData(0, 16385, false)]
    [InlineData(1, 16384 + 25, true)]
    [InlineData(1, 16384 + 26, false)]
    [InlineData(1, 65535, false)]
    public void A_fragment_has_a_limit(int epoch, int length, bool accepted)
    {
        var bytes = new byte[13 + length];
        new RecordHeader(ContentType.ApplicationData, DtlsVersion.Dtls12, (ushort)epoch, 0, length).Write(bytes);
        Assert.Equal(accepted, RecordHeader.TryParse(bytes, out _));
        Assert.False(RecordHeader.TryParse(bytes.AsSpan(0, bytes.Length - 1), out _));
    }
}
