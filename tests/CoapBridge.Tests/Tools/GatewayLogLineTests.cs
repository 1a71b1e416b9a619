using CoapBridge.Tools.Demo;

namespace CoapBridge.Tests.Tools;

public sealed class GatewayLogLineTests
{
    [Theory]
    [InlineData("handshake result=refused reason=key_usage subject=\"CN=a b\" alert=43")]
    [InlineData("2026-01-02T03:04:05.678Z info handshake result=refused reason=key_usage subject=\"CN=a b\" alert=43")]
    public void A_line_is_an_event_with_values(string text)
    {
        var line = GatewayLogLine.TryParse(text)!;
        Assert.Equal(("handshake", "key_usage", "CN=a b", "43"), (line.Event, line["reason"], line["subject"], line["alert"]));
        Assert.StartsWith("handshake result=", line.Text, StringComparison.Ordinal);
        Assert.Null(line["peer"]);
    }

    [Fact]
    public void What_a_peer_chose_forges_no_key()
    {
        var line = GatewayLogLine.TryParse("""handshake result=refused subject="CN=x\" reason=none y" reason=unknown_ca""")!;
        Assert.Equal(("CN=x\" reason=none y", "unknown_ca"), (line["subject"], line["reason"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no values here")]
    [InlineData("key=value")]
    public void Other_text_is_no_line(string text) => Assert.Null(GatewayLogLine.TryParse(text));
}
