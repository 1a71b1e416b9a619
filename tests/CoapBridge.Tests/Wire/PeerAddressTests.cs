using System.Net;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Wire;

public sealed class PeerAddressTests
{
    [Fact]
    public void A_peer_has_one_address_whichever_socket_it_came_through()
    {
        var plain = PeerAddress.From(IPAddress.Parse("192.0.2.7"), 5684);
        var mapped = PeerAddress.From(IPAddress.Parse("::ffff:192.0.2.7"), 5684);
        Assert.Equal(plain, mapped);
        Assert.Equal(plain, PeerAddress.FromIPv4(0xC0000207, 5684));
        Assert.True(plain.IsIPv4);
        Assert.Equal("192.0.2.7:5684", mapped.ToString());
    }

    [Fact]
    public void The_port_the_scope_and_every_bit_tell_peers_apart()
    {
        var one = PeerAddress.From(new IPAddress(IPAddress.Parse("fe80::1").GetAddressBytes(), 2), 1);
        Assert.NotEqual(one, one with { Scope = 3 });
        Assert.NotEqual(one, one with { Port = 2 });
        Assert.NotEqual(one, PeerAddress.From(new IPAddress(IPAddress.Parse("fe80::2").GetAddressBytes(), 2), 1));
    }

    [Theory]
    [InlineData("192.0.2.7:0")]
    [InlineData("0.0.0.0:65535")]
    [InlineData("255.255.255.255:1")]
    [InlineData("[::]:5684")]
    [InlineData("[2001:db8::1]:5684")]
    [InlineData("[::1]:5684")]
    [InlineData("[fe80::1%2]:5684")]
    public void An_address_comes_back_as_it_went_in(string text) =>
        Assert.Equal(IPEndPoint.Parse(text), PeerAddress.From(IPEndPoint.Parse(text)).ToEndPoint());
}
