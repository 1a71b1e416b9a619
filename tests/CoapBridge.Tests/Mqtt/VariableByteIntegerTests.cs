using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

/// <summary>MQTT 5 §1.5.5, Table 1-1.</summary>
public class VariableByteIntegerTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(127, "7F")]
    [InlineData(128, "8001")]
    [InlineData(16_383, "FF7F")]
    [InlineData(16_384, "808001")]
    [InlineData(2_097_151, "FFFF7F")]
    [InlineData(2_097_152, "80808001")]
    [InlineData(268_435_455, "FFFFFF7F")]
    public void The_edges_of_each_length_round_trip(int value, string hex)
    {
        var buffer = new byte[4];
        var size = VariableByteInteger.Write(buffer, value);

        Assert.Equal(hex, Convert.ToHexString(buffer, 0, size));
        Assert.Equal(size, VariableByteInteger.SizeOf(value));
        Assert.Equal(VariableByteIntegerResult.Done, VariableByteInteger.Read(buffer, out var read, out var readSize));
        Assert.Equal((value, size), (read, readSize));
        for (var length = 0; length < size; length++)
        {
            Assert.Equal(VariableByteIntegerResult.Incomplete, VariableByteInteger.Read(buffer.AsSpan(0, length), out _, out _));
        }

        var reader = new PacketReader(buffer.AsSpan(0, size));
        Assert.Equal(value, reader.ReadVariableByteInteger());
        Assert.True(reader.TryFinish(out _));
    }

    [Theory]
    [InlineData("8080808001")] // five bytes
    [InlineData("FFFFFFFF")]
    [InlineData("8000")] // not minimal [MQTT-1.5.5-1]
    [InlineData("FF00")]
    [InlineData("80808000")]
    public void Too_long_or_not_minimal_is_malformed(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(VariableByteIntegerResult.Malformed, VariableByteInteger.Read(bytes, out _, out _));

        var reader = new PacketReader(bytes);
        reader.ReadVariableByteInteger();
        Assert.False(reader.TryFinish(out var fault));
        Assert.Equal(CoapBridge.Mqtt.MqttReasonCode.MalformedPacket, fault.Reason);
    }
}
