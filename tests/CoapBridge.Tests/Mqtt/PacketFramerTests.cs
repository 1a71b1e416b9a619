using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

public class PacketFramerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(200)]
    [InlineData(10_000)]
    public void Packets_come_out_whole_however_the_stream_is_cut(int piece)
    {
        var packets = new[] { 0, 1, 130, 5_000, 20 }
            .Select(size => Codec.Publish(new ApplicationMessage { Topic = "t", Payload = new byte[size] })).ToArray();
        var stream = packets.SelectMany(bytes => bytes).ToArray();
        var framer = new PacketFramer(8192);
        var bodies = new List<int>();
        for (var start = 0; start < stream.Length; start += piece)
        {
            ReadOnlySpan<byte> input = stream.AsSpan(start, Math.Min(piece, stream.Length - start));
            while (framer.TryTake(ref input, out var packet, out _) == FramingResult.Packet)
            {
                Assert.True(PublishPacket.TryParse(packet.Flags, packet.Body, out var publish, out _));
                bodies.Add(publish.Payload.Length);
            }

            Assert.True(input.IsEmpty);
        }

        Assert.Equal([0, 1, 130, 5_000, 20], bodies);
    }

    [Theory]
    [InlineData("00", MqttReasonCode.MalformedPacket)] // type 0
    [InlineData("2100", MqttReasonCode.MalformedPacket)] // reserved flags
    [InlineData("6000", MqttReasonCode.MalformedPacket)] // PUBREL without its flag
    [InlineData("30FFFFFFFF01", MqttReasonCode.MalformedPacket)] // five length bytes
    [InlineData("308000", MqttReasonCode.MalformedPacket)] // not minimal
    [InlineData("30FFFFFF7F", MqttReasonCode.PacketTooLarge)] // 256 MiB
    [InlineData("30E207", MqttReasonCode.PacketTooLarge)] // 2 more than 1,000 with its header of 3
    public void A_bad_header_is_refused_before_anything_is_kept(string hex, MqttReasonCode reason)
    {
        var framer = new PacketFramer(1_000);
        ReadOnlySpan<byte> input = Convert.FromHexString(hex);
        Assert.Equal(FramingResult.Fault, framer.TryTake(ref input, out _, out var fault));
        Assert.Equal(reason, fault.Reason);
        Assert.InRange(framer.Capacity, 0, 64);
    }

    [Fact]
    public void Memory_follows_what_came_not_what_was_promised()
    {
        var framer = new PacketFramer(1 << 20);
        ReadOnlySpan<byte> input = [0x30, 0xFF, 0xFF, 0x3F, 1, 2, 3];
        Assert.Equal(FramingResult.NeedMore, framer.TryTake(ref input, out _, out _));
        Assert.InRange(framer.Capacity, 7, 64);
    }
}
