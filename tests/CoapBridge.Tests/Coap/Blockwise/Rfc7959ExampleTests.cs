using System.Globalization;
using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Blockwise;

/// <summary>
/// The message flows of RFC 7959 §3 in its own notation ("2:0/1/64": Block2, NUM 0, M, 64 bytes), from our server. The encoder of the
/// test is its own, so that the option bytes are checked, too. Where the RFC's server proposes 128 bytes unasked, ours proposes 1,024.
/// </summary>
public sealed class Rfc7959ExampleTests
{
    private readonly BlockServer _server = new();

    public Rfc7959ExampleTests() => Serve(360);

    [Fact]
    public void Figure_2_a_simple_blockwise_get()
    {
        Serve(2500);
        Flow(
            ("CON 1234 GET /status", "ACK 1234 2.05 2:0/1/1024"),
            ("CON 1235 GET /status 2:1/0/1024", "ACK 1235 2.05 2:1/1/1024"),
            ("CON 1236 GET /status 2:2/0/1024", "ACK 1236 2.05 2:2/0/1024"));
    }

    [Fact]
    public void Figure_3_early_negotiation() => Flow(
        ("CON 1234 GET /status 2:0/0/64", "ACK 1234 2.05 2:0/1/64"),
        ("CON 1235 GET /status 2:1/0/64", "ACK 1235 2.05 2:1/1/64"),
        ("CON 1236 GET /status 2:2/0/64", "ACK 1236 2.05 2:2/1/64"),
        ("CON 1237 GET /status 2:3/0/64", "ACK 1237 2.05 2:3/1/64"),
        ("CON 1238 GET /status 2:4/0/64", "ACK 1238 2.05 2:4/1/64"),
        ("CON 1239 GET /status 2:5/0/64", "ACK 1239 2.05 2:5/0/64"));

    [Fact]
    public void Figure_4_late_negotiation()
    {
        Serve(1024 + 192);
        Flow(
            ("CON 1234 GET /status", "ACK 1234 2.05 2:0/1/1024"),
            ("CON 1235 GET /status 2:16/0/64", "ACK 1235 2.05 2:16/1/64"),
            ("CON 1236 GET /status 2:17/0/64", "ACK 1236 2.05 2:17/1/64"),
            ("CON 1237 GET /status 2:18/0/64", "ACK 1237 2.05 2:18/0/64"));
    }

    [Fact]
    public void Figure_6_late_negotiation_with_a_lost_ack() => Flow(
        ("CON 1234 GET /status 2:0/0/128", "ACK 1234 2.05 2:0/1/128"),
        ("CON 1235 GET /status 2:2/0/64", "ACK 1235 2.05 2:2/1/64"),
        ("CON 1235 GET /status 2:2/0/64", "ACK 1235 2.05 2:2/1/64"),
        ("CON 1236 GET /status 2:3/0/64", "ACK 1236 2.05 2:3/1/64"));

    [Fact]
    public void Figure_7_a_simple_atomic_put()
    {
        Answer(CoapCode.Changed, 0);
        Flow(
            ("CON 1234 PUT /options 1:0/1/128", "ACK 1234 2.31 1:0/1/128"),
            ("CON 1235 PUT /options 1:1/1/128", "ACK 1235 2.31 1:1/1/128"),
            ("CON 1236 PUT /options 1:2/0/128", "ACK 1236 2.04 1:2/0/128"));
        Assert.Single(_server.Bodies);
    }

    [Fact]
    public void Figure_9_a_put_whose_blocks_become_smaller()
    {
        Answer(CoapCode.Changed, 0);
        Flow(
            ("CON 1234 PUT /options 1:0/1/128", "ACK 1234 2.31 1:0/1/128"),
            ("CON 1235 PUT /options 1:4/1/32", "ACK 1235 2.31 1:4/1/32"),
            ("CON 1236 PUT /options 1:5/1/32", "ACK 1236 2.31 1:5/1/32"),
            ("CON 1237 PUT /options 1:6/0/32", "ACK 1237 2.04 1:6/0/32"));
        Assert.Equal(128 + 32 + 32 + 32, Assert.Single(_server.Bodies).Length);
    }

    [Fact]
    public void Figure_10_a_blockwise_post_with_a_blockwise_response()
    {
        Answer(CoapCode.Changed, 500);
        Flow(
            ("CON 1234 POST /soap 1:0/1/128", "ACK 1234 2.31 1:0/1/128"),
            ("CON 1235 POST /soap 1:1/1/128", "ACK 1235 2.31 1:1/1/128"),
            ("CON 1236 POST /soap 1:2/0/128", "ACK 1236 2.04 2:0/1/128 1:2/0/128"),
            ("CON 1237 POST /soap 2:1/0/128", "ACK 1237 2.04 2:1/1/128"),
            ("CON 1238 POST /soap 2:2/0/128", "ACK 1238 2.04 2:2/1/128"),
            ("CON 1239 POST /soap 2:3/0/128", "ACK 1239 2.04 2:3/0/128"));
        Assert.Single(_server.Bodies);
    }

    [Fact]
    public void Figure_11_a_blockwise_post_with_early_negotiation_of_the_response()
    {
        Answer(CoapCode.Changed, 250);
        Flow(
            ("CON 1234 POST /soap 1:0/1/128", "ACK 1234 2.31 1:0/1/128"),
            ("CON 1235 POST /soap 1:1/1/128", "ACK 1235 2.31 1:1/1/128"),
            ("CON 1236 POST /soap 2:0/0/64 1:2/0/128", "ACK 1236 2.04 2:0/1/64 1:2/0/128"),
            ("CON 1237 POST /soap 2:1/0/64", "ACK 1237 2.04 2:1/1/64"),
            ("CON 1238 POST /soap 2:2/0/64", "ACK 1238 2.04 2:2/1/64"),
            ("CON 1239 POST /soap 2:3/0/64", "ACK 1239 2.04 2:3/0/64"));
        Assert.Single(_server.Bodies);
    }

    [Fact]
    public void The_bytes_of_an_early_negotiation()
    {
        _server.Receive(Convert.FromHexString("400104D2" + "B6737461747573" + "C102"));
        var buffer = new byte[CoapMessage.MaxLength];
        Assert.True(_server.Endpoint.TryTakeTransmit(buffer, out var length));
        var hex = Convert.ToHexString(buffer.AsSpan(0, length));
        var entityTag = hex[10..26];
        Assert.Equal("604504D2" + "48" + entityTag + "D1060A" + "520168" + "FF", hex[..^128]);
    }

    private void Serve(int length) => Answer(CoapCode.Content, length);

    private void Answer(CoapCode code, int length) =>
        _server.Answer = (endpoint, now, exchange) => endpoint.Respond(now, exchange, code, default, BlockServer.Bytes(length).AsMemory());

    private void Flow(params (string Sent, string Expected)[] steps)
    {
        var buffer = new byte[CoapMessage.MaxLength];
        foreach (var (sent, expected) in steps)
        {
            _server.Receive(Encode(sent));
            Assert.True(_server.Endpoint.TryTakeTransmit(buffer, out var length));
            Assert.Equal(expected, Describe(Sent.Parse(Convert.ToHexString(buffer.AsSpan(0, length)))));
        }
    }

    private static byte[] Encode(string notation)
    {
        var words = notation.Split(' ');
        var id = int.Parse(words[1], CultureInfo.InvariantCulture);
        byte method = words[2] switch { "GET" => 1, "POST" => 2, _ => 3 };
        var path = System.Text.Encoding.UTF8.GetBytes(words[3][1..]);
        var bytes = new List<byte> { 0x40, method, (byte)(id >> 8), (byte)id, (byte)(0xB0 | path.Length) };
        bytes.AddRange(path);
        var number = 11;
        var payload = 0;
        foreach (var word in words[4..])
        {
            var parts = word[2..].Split('/').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            var option = word[0] == '2' ? 23 : 27;
            var value = (parts[0] << 4) | (parts[1] << 3) | (int.Log2(parts[2]) - 4);
            byte[] encoded = value == 0 ? [] : value < 256 ? [(byte)value] : [(byte)(value >> 8), (byte)value];
            var delta = option - number;
            bytes.AddRange(delta < 13 ? [(byte)((delta << 4) | encoded.Length)] : [(byte)(0xD0 | encoded.Length), (byte)(delta - 13)]);
            bytes.AddRange(encoded);
            number = option;
            payload = option == 27 ? parts[2] : payload;
        }

        return payload == 0 ? [.. bytes] : [.. bytes, 0xFF, .. new byte[payload]];
    }

    private static string Describe(Sent sent)
    {
        var type = sent.Type == MessageType.Acknowledgement ? "ACK" : $"{sent.Type}";
        var text = $"{type} {sent.MessageId} {sent.Code}";
        foreach (var (name, number) in (ReadOnlySpan<(string, OptionNumber)>)[("2", OptionNumber.Block2), ("1", OptionNumber.Block1)])
        {
            if (sent.UInt(number) is { } value)
            {
                text += $" {name}:{value >> 4}/{(value >> 3) & 1}/{16 << (int)(value & 7)}";
            }
        }

        return text;
    }
}
