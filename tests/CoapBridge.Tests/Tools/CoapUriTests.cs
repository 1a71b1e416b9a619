using System.Text;
using CoapBridge.Coap;
using CoapBridge.Tools.Device;

namespace CoapBridge.Tests.Tools;

public sealed class CoapUriTests
{
    [Theory]
    [InlineData("coaps://127.0.0.1/t", "127.0.0.1", 5684, "t", "")]
    [InlineData("coaps://127.0.0.1:6000", "127.0.0.1", 6000, "", "")]
    [InlineData("COAPS://Gateway.Example:/t/", "gateway.example", 5684, "t|", "")]
    [InlineData("coaps://[::1]:5685/a//b?x=1&y", "::1", 5685, "a||b", "x=1|y")]
    [InlineData("coaps://h/%7Esensors/%E2%82%AC%2F?a%26b=c%3F", "h", 5684, "~sensors|€/", "a&b=c?")]
    [InlineData("coaps://h?q", "h", 5684, "", "q")]
    [InlineData("coaps://h/", "h", 5684, "", "")]
    [InlineData("coaps://%6c%6Fcalhost/t?", "localhost", 5684, "t", "")]
    public void A_uri_becomes_a_host_a_port_and_options(string text, string host, int port, string path, string query)
    {
        var uri = CoapUri.TryParse(text, out var problem);
        Assert.True(uri is not null, problem);
        Assert.Equal((host, port, path, query), (uri.Host, uri.Port, string.Join('|', uri.Path), string.Join('|', uri.Query)));
    }

    [Theory]
    [InlineData("coap://h/t", "coaps://")]
    [InlineData("/t", "coaps://")]
    [InlineData("coaps:///t", "no host")]
    [InlineData("coaps://u@h/t", "not a host")]
    [InlineData("coaps://h/t#x", "fragment")]
    [InlineData("coaps://h:0/t", "port")]
    [InlineData("coaps://h:65536/t", "port")]
    [InlineData("coaps://h:5684x/t", "port")]
    [InlineData("coaps://::1/t", "port")]
    [InlineData("coaps://[127.0.0.1]/t", "IPv6")]
    [InlineData("coaps://[::1/t", "IPv6")]
    [InlineData("coaps://127.1/t", "IPv4")]
    [InlineData("coaps://h_\u00e4/t", "DNS name")]
    [InlineData("coaps://h/a/../b", "segment")]
    [InlineData("coaps://h/%2E", "segment")]
    [InlineData("coaps://h/%", "hexadecimal")]
    [InlineData("coaps://h/%4", "hexadecimal")]
    [InlineData("coaps://h/%zz", "hexadecimal")]
    [InlineData("coaps://h/%ff", "UTF-8")]
    [InlineData("coaps://h/t?%c3", "UTF-8")]
    public void What_is_wrong_with_a_uri_is_said(string text, string word)
    {
        Assert.Null(CoapUri.TryParse(text, out var problem));
        Assert.Contains(word, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_has_at_most_255_bytes()
    {
        Assert.NotNull(CoapUri.TryParse("coaps://h/" + new string('a', 255), out _));
        Assert.Null(CoapUri.TryParse("coaps://h/" + new string('a', 256), out var problem));
        Assert.Contains("255", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("coaps://127.0.0.1:6000/t/x?qos=1", "11:t 11:x 12:\u0032 15:qos=1")]
    [InlineData("coaps://[::1]/t", "11:t 12:\u0032")]
    [InlineData("coaps://gateway.example:6000/t", "3:gateway.example 11:t 12:\u0032")]
    public void Uri_Host_goes_along_only_for_a_name_and_Uri_Port_never(string text, string expected)
    {
        var options = new OptionWriter(new byte[256]);
        CoapUri.TryParse(text, out _)!.WriteOptions(ref options, contentFormat: '2');
        Span<byte> message = new byte[300];
        "\x40\x01\0\0"u8.CopyTo(message);
        message[0] = 0x40;
        options.Written.CopyTo(message[4..]);
        Assert.True(CoapMessage.TryParse(message[..(4 + options.Length)], out var parsed, out var fault), fault.ToString());
        var found = new List<string>();
        foreach (var option in parsed.AllOptions)
        {
            found.Add($"{(int)option.Number}:{Encoding.UTF8.GetString(option.Value)}");
        }

        Assert.Equal(expected, string.Join(' ', found));
    }
}
