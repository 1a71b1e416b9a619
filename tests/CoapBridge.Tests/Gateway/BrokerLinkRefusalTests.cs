using CoapBridge.Gateway;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

public class BrokerLinkRefusalTests
{
    [Theory]
    [InlineData(ReconnectCause.Refused, UpstreamState.Refused)]
    [InlineData(ReconnectCause.Untrusted, UpstreamState.Away)]
    [InlineData(ReconnectCause.Unreachable, UpstreamState.Away)]
    public void Only_a_broker_that_refuses_the_gateway_is_a_refusal_to_the_devices(ReconnectCause cause, UpstreamState state)
    {
        var now = new Instant(1_000_000);
        var link = new BrokerLink(new MqttClientOptions("gateway-1", TimeSpan.FromMinutes(1)), new SeededEntropy(1));
        Assert.True(link.TryTakeConnect());
        link.HandleConnectFailed(now, cause);
        UpstreamStatus last = default;
        while (link.TryTakeStatus(out var status))
        {
            last = status;
        }

        Assert.Equal(state, last.State);
        Assert.Equal(state != UpstreamState.Refused, last.PassesByItself);
        Assert.Equal(link.NextDeadline, last.NextAttempt);
        Assert.NotNull(last.NextAttempt);
    }
}
