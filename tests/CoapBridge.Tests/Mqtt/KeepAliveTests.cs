using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

/// <summary>L19, and the server's own Keep Alive of L09.</summary>
public class KeepAliveTests
{
    [Theory]
    [InlineData(60, null, 45)]
    [InlineData(60, 1, 0.75)]
    [InlineData(0, 20, 15)]
    public void A_ping_goes_out_within_the_interval_when_idle(int ours, int? servers, double expected)
    {
        var script = new Script(keepAlive: ours).Accepted(new ConnackPacket { ServerKeepAlive = (ushort?)servers });
        script.Advance(expected - 0.01);
        Assert.Empty(script.Sent());
        script.Advance(0.02);
        Assert.Equal(PacketType.Pingreq, Assert.Single(script.Sent()).Type);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(60, 0)]
    public void Zero_turns_it_off(int ours, int? servers)
    {
        var script = new Script(keepAlive: ours).Accepted(new ConnackPacket { ServerKeepAlive = (ushort?)servers });
        Assert.Null(script.Engine.NextDeadline);
        script.Advance(100_000);
        Assert.Empty(script.Sent());
    }

    [Fact]
    public void Steady_publishing_needs_no_ping()
    {
        var script = new Script(keepAlive: 10).Accepted();
        for (var second = 0; second < 100; second += 2)
        {
            script.Publish(1);
            script.Publish(2, Script.Message(QualityOfService.AtMostOnce));
            var sent = script.Sent();
            Assert.DoesNotContain(sent, packet => packet.Type == PacketType.Pingreq);
            Assert.True(PublishPacket.TryParse(sent[0].Flags, sent[0].Body, out var publish, out _));
            script.Receive(Codec.Acknowledge(PacketType.Puback, publish.PacketIdentifier));
            script.Advance(2);
        }

        Assert.True(script.Engine.IsConnected);
    }

    [Fact]
    public void A_server_that_falls_silent_under_load_is_found_out()
    {
        var script = new Script(keepAlive: 10).Accepted();
        for (var second = 0; second < 25 && script.Engine.IsConnected; second++)
        {
            script.Publish(1);
            script.Sent();
            script.Advance(1);
        }

        script.AssertEnded(ConnectionEnd.PingTimeout);
    }

    [Fact]
    public void Without_a_ping_response_the_connection_is_closed_and_everything_open_is_lost()
    {
        var script = new Script(keepAlive: 1).Accepted();
        script.Publish(3);
        script.Advance(0.8);
        script.Advance(9.9);
        Assert.True(script.Engine.IsConnected);
        script.Advance(0.2);

        var events = script.Events();
        Assert.Equal([MqttEventKind.PublishLost, MqttEventKind.ConnectionClosed], events.Select(what => what.Kind));
        Assert.Equal(ConnectionEnd.PingTimeout, events[1].End);
    }

    [Fact]
    public void Unasked_ping_responses_change_nothing()
    {
        var script = new Script(keepAlive: 10).Accepted();
        script.Receive([.. Enumerable.Repeat((byte[])[0xD0, 0x00], 100_000).SelectMany(bytes => bytes)]);
        Assert.Empty(script.Sent());
        Assert.Empty(script.Events());
        script.Advance(8);
        Assert.Equal(PacketType.Pingreq, Assert.Single(script.Sent()).Type);
        script.Advance(11);
        script.AssertEnded(ConnectionEnd.PingTimeout);
    }

    [Fact]
    public void Hours_of_idleness_are_bridged_by_pings()
    {
        var script = new Script(keepAlive: 60).Accepted();
        for (var minute = 0; minute < 600; minute++)
        {
            script.Advance(45.1);
            Assert.Equal(PacketType.Pingreq, Assert.Single(script.Sent()).Type);
            script.Receive(0xD0, 0x00);
        }

        Assert.True(script.Engine.IsConnected);
    }
}
