using CoapBridge.Coap;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>A body that nobody would take is refused at its first block, before the device has sent the others.</summary>
public sealed class FirstBlockTests
{
    [Theory]
    [InlineData("POST", "t", 65_536)]
    [InlineData("POST", "e/door", 65_536)]
    [InlineData("PUT", "ps/devices/meter-7/x", 65_536)]
    [InlineData("POST", "ps/devices/meter-7/x", 65_536)]
    [InlineData("POST", "rpc/lookup", 65_536)]
    [InlineData("POST", "cr/1", 65_536)]
    [InlineData("PUT", "t", null)]
    [InlineData("PUT", "rpc/lookup", null)]
    [InlineData("POST", "c", null)]
    [InlineData("POST", "nowhere", null)]
    public void Only_a_method_that_its_route_takes_may_have_a_long_body(string method, string path, int? maximum)
    {
        var request = RawRequest.To(path.Split('/')) with { Method = method == "PUT" ? CoapCode.Put : CoapCode.Post };
        Assert.Equal(maximum, MaximumBody(new Relayed(), request));
    }

    [Fact]
    public void What_is_refused_at_its_first_block_publishes_nothing_and_is_answered()
    {
        var relay = new Relayed();
        var code = relay.Refused(RawRequest.To("t") with { Method = CoapCode.Put, Payload = new byte[64] }).Code;
        Assert.Equal(CoapCode.MethodNotAllowed, code);
    }

    [Fact]
    public void A_route_that_demands_freshness_asks_for_it_at_the_first_block()
    {
        Assert.True(RouteTable.TryCompile([new RouteEntry("m", RouteKind.Publish, "devices/{device}/m") { DemandsEcho = true }], "devices", out var table, out _));
        var relay = new Relayed(routes: table);

        Assert.Null(MaximumBody(relay, RawRequest.To("m")));
        Assert.NotNull(MaximumBody(relay, RawRequest.To("m") with { Options = [(OptionNumber.Echo, new byte[8])] }));
    }

    private static int? MaximumBody(Relayed relay, RawRequest request)
    {
        Assert.True(CoapMessage.TryParse(request.ToBytes(), out var message, out _));
        return relay.Uplink.MaximumBody(message);
    }
}
