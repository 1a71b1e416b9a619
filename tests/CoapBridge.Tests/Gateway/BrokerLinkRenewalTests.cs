using CoapBridge.Gateway;
using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;
using CoapBridge.Relay;
using CoapBridge.Tests.Mqtt;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

/// <summary>A new certificate towards the broker: break before make (PRODUCT.md, last line).</summary>
public class BrokerLinkRenewalTests
{
    private readonly BrokerLink _link = new(new MqttClientOptions("gateway-1", TimeSpan.FromSeconds(60)), new SeededEntropy(1));
    private readonly List<UpstreamState> _told = [];
    private readonly List<BrokerEvent> _events = [];
    private readonly byte[] _buffer = new byte[4096];
    private Instant _now = new(98_765_432_109_876);

    public BrokerLinkRenewalTests()
    {
        Assert.True(_link.TryTakeConnect());
        Accept();
        Assert.Equal([UpstreamState.Connected], Told());
        Events();
    }

    [Fact]
    public void The_connection_is_left_and_made_anew_at_once_and_devices_notice_nothing()
    {
        _link.BeginRenewal(_now);
        Assert.True(_link.IsRenewing);
        Reconnect();
        Accept();
        Assert.False(_link.IsRenewing);
        Assert.Empty(Told());
        Assert.Equal([typeof(BrokerEvent.Renewing), typeof(BrokerEvent.Connected), typeof(BrokerEvent.Renewed)], Events());
    }

    [Fact]
    public void What_was_sent_gets_its_acknowledgement_first()
    {
        _link.HandlePublish(_now, new Publish(0, 7, Message()));
        Sent();
        _link.BeginRenewal(_now);
        Assert.False(_link.MustClose);
        _link.HandleReceived(_now, Codec.Acknowledge(PacketType.Puback, 1));
        Assert.True(_link.TryTakeReceipt(out _, out var receipt));
        Assert.Equal(ReceiptOutcome.Acknowledged, receipt.Outcome);
        Reconnect();
    }

    [Fact]
    public void Acknowledgements_are_waited_for_5_seconds_at_most()
    {
        _link.HandlePublish(_now, new Publish(0, 7, Message()));
        Sent();
        _link.BeginRenewal(_now);
        Assert.Equal(_now + TimeSpan.FromSeconds(5), _link.NextDeadline);
        _now += TimeSpan.FromSeconds(5);
        _link.HandleTimeout(_now);
        Reconnect();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_certificate_that_is_refused_gives_way_to_the_one_before(bool byTls)
    {
        _link.BeginRenewal(_now);
        Reconnect();
        if (byTls)
        {
            _link.HandleConnectFailed(_now, ReconnectCause.Refused);
        }
        else
        {
            Accept(MqttReasonCode.NotAuthorized);
            _link.HandleDisconnected(_now);
        }

        Assert.True(_link.TryTakeRenewalRefused());
        Assert.False(_link.TryTakeRenewalRefused());
        Assert.Contains(typeof(BrokerEvent.RenewalRefused), Events());
        _link.HandleTimeout(_now);
        Assert.True(_link.TryTakeConnect());
        Accept();
        Assert.False(_link.IsRenewing);
        Assert.Empty(Told());
        Assert.DoesNotContain(typeof(BrokerEvent.Renewed), Events());
    }

    [Fact]
    public void When_the_one_before_is_refused_too_devices_are_told()
    {
        _link.BeginRenewal(_now);
        Reconnect();
        _link.HandleConnectFailed(_now, ReconnectCause.Refused);
        Assert.True(_link.TryTakeRenewalRefused());
        _link.HandleTimeout(_now);
        Assert.True(_link.TryTakeConnect());
        _link.HandleConnectFailed(_now, ReconnectCause.Refused);
        Assert.False(_link.TryTakeRenewalRefused());
        Assert.False(_link.IsRenewing);
        Assert.Equal([UpstreamState.Refused], Told());
        Assert.True(_link.NextDeadline > _now);
    }

    [Fact]
    public void A_broker_that_is_away_by_then_is_told_and_may_refuse_the_certificate_later()
    {
        _link.BeginRenewal(_now);
        Reconnect();
        _link.HandleConnectFailed(_now, ReconnectCause.Unreachable);
        Assert.False(_link.IsRenewing);
        Assert.Equal([UpstreamState.Away], Told());
        _now = _link.NextDeadline!.Value;
        _link.HandleTimeout(_now);
        Assert.True(_link.TryTakeConnect());
        _link.HandleConnectFailed(_now, ReconnectCause.Refused);
        Assert.True(_link.TryTakeRenewalRefused());
        Assert.Equal(_now, _link.NextDeadline);
    }

    [Fact]
    public void Without_a_connection_the_new_certificate_is_tried_at_once()
    {
        _link.HandleDisconnected(_now);
        Assert.True(_link.NextDeadline > _now);
        _link.BeginRenewal(_now);
        Assert.Equal(_now, _link.NextDeadline);
        _link.HandleTimeout(_now);
        Assert.True(_link.TryTakeConnect());
    }

    /// <summary>The link has said DISCONNECT, the driver closes, and a new connection is wanted at once.</summary>
    private void Reconnect()
    {
        Assert.Equal(PacketType.Disconnect, Sent()[^1]);
        Assert.True(_link.MustClose);
        _link.HandleDisconnected(_now);
        Assert.Equal(_now, _link.NextDeadline);
        _link.HandleTimeout(_now);
        Assert.True(_link.TryTakeConnect());
    }

    private void Accept(MqttReasonCode reason = MqttReasonCode.Success)
    {
        _link.HandleConnected(_now);
        Sent();
        _link.HandleReceived(_now, Codec.Write(new ConnackPacket { ReasonCode = reason }.TryWrite));
    }

    private List<PacketType> Sent()
    {
        var sent = new List<PacketType>();
        while (_link.TryTakeTransmit(_now, _buffer, out var length))
        {
            for (var start = 0; start < length; start += 2 + _buffer[start + 1])
            {
                sent.Add((PacketType)(_buffer[start] >> 4));
            }
        }

        return sent;
    }

    private List<UpstreamState> Told()
    {
        _told.Clear();
        while (_link.TryTakeStatus(out var status))
        {
            _told.Add(status.State);
        }

        return [.. _told];
    }

    private List<Type> Events()
    {
        _events.Clear();
        while (_link.TryTakeEvent(out var what))
        {
            _events.Add(what);
        }

        return [.. _events.Where(what => what is not BrokerEvent.ConnectFailed).Select(what => what.GetType())];
    }

    private static ApplicationMessage Message() =>
        new() { Topic = "t", Payload = new byte[1], QualityOfService = QualityOfService.AtLeastOnce };
}
