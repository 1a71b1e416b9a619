using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Blockwise;

/// <summary>Answers in blocks: RFC 7959 §2.4, §2.6–2.8, §4, REQUIREMENTS 9.19–9.21, ATTACKS J10, J11.</summary>
public sealed class ResponseBodyTests
{
    private readonly BlockServer _server = new();
    private byte[] _content = BlockServer.Bytes(5000);

    public ResponseBodyTests() => _server.Answer = (endpoint, now, exchange) => endpoint.Respond(now, exchange, CoapCode.Content, [0xC0], _content.AsMemory());

    [Theory]
    [InlineData(null, 6)]
    [InlineData(0, 0)]
    [InlineData(2, 2)]
    [InlineData(6, 6)]
    public void The_blocks_make_the_content_and_have_one_etag(int? asked, int szX)
    {
        var first = _server.Get(block2: asked is { } size ? BlockServer.Block(0, false, size) : null);
        Assert.Equal(BlockServer.Block(0, true, szX), first.UInt(OptionNumber.Block2));
        Assert.Equal(5000u, first.UInt(OptionNumber.Size2));
        Assert.Equal(_content, FetchRest(first, szX));
        Assert.Single(_server.Bodies);
    }

    [Fact]
    public void The_content_is_as_it_was_when_the_first_block_was_asked_for()
    {
        var before = _content;
        var first = _server.Get(block2: BlockServer.Block(0, false, 6));
        _content = BlockServer.Bytes(4000);

        Assert.Equal(before, FetchRest(first, 6));
    }

    [Fact]
    public void What_is_not_held_any_more_is_asked_for_again_and_a_change_shows_in_the_etag()
    {
        var first = _server.Get(block2: BlockServer.Block(0, false, 6));
        _server.Endpoint.Release();
        var same = _server.Get(block2: BlockServer.Block(2, false, 6));
        Assert.Equal(first.Option(OptionNumber.ETag), same.Option(OptionNumber.ETag));
        Assert.Equal(2, _server.Bodies.Count);

        _content = BlockServer.Bytes(4000);
        _server.Endpoint.Release();
        Assert.NotEqual(first.Option(OptionNumber.ETag), _server.Get(block2: BlockServer.Block(2, false, 6)).Option(OptionNumber.ETag));
    }

    [Fact]
    public void The_size_of_blocks_may_change_on_the_way()
    {
        _server.Get(block2: BlockServer.Block(0, false, 6));
        var next = _server.Get(block2: BlockServer.Block(16, false, 2));

        Assert.Equal(BlockServer.Block(16, true, 2), next.UInt(OptionNumber.Block2));
        Assert.Equal(_content[1024..1088], PayloadOf(next));
    }

    [Theory]
    [InlineData(5u, 6)]
    [InlineData(1_048_575u, 6)]
    [InlineData(1_048_575u, 0)]
    public void A_block_past_the_end_is_400(uint number, int szX)
    {
        _server.Get(block2: BlockServer.Block(0, false, 6));
        Assert.Equal(CoapCode.BadRequest, _server.Get(block2: BlockServer.Block(number, false, szX)).Code);
        _server.Endpoint.Release();
        Assert.Equal(CoapCode.BadRequest, _server.Get(block2: BlockServer.Block(number, false, szX)).Code);
    }

    [Fact]
    public void A_small_answer_to_early_negotiation_says_that_there_is_no_more()
    {
        _content = BlockServer.Bytes(10);
        var answer = _server.Get(block2: BlockServer.Block(0, false, 2));

        Assert.Equal(BlockServer.Block(0, false, 2), answer.UInt(OptionNumber.Block2));
        Assert.Equal(0, _server.Group.Bodies.Count);
    }

    [Fact]
    public void Size2_in_a_request_asks_for_the_size()
    {
        _content = BlockServer.Bytes(10);
        Assert.Null(_server.Get().UInt(OptionNumber.Size2));
        Assert.Equal(10u, _server.Get(more: (OptionNumber.Size2, [])).UInt(OptionNumber.Size2));
    }

    [Fact]
    public void The_owners_etag_is_kept()
    {
        _server.Answer = (endpoint, now, exchange) => endpoint.Respond(now, exchange, CoapCode.Content, [0x42, 0xAB, 0xCD], _content.AsMemory());
        var first = _server.Get(block2: BlockServer.Block(0, false, 6));

        Assert.Equal([0xAB, 0xCD], first.Option(OptionNumber.ETag));
        Assert.Equal([0xAB, 0xCD], _server.Get(block2: BlockServer.Block(4, false, 6)).Option(OptionNumber.ETag));
    }

    [Fact]
    public void Options_that_take_room_make_the_blocks_smaller()
    {
        var location = new byte[250];
        _server.Answer = (endpoint, now, exchange) =>
        {
            var options = new OptionWriter(new byte[512]);
            options.Write(OptionNumber.LocationPath, location);
            endpoint.Respond(now, exchange, CoapCode.Content, options.Written, _content.AsMemory());
        };
        var first = _server.Get();

        Assert.Equal(BlockServer.Block(0, true, 5), first.UInt(OptionNumber.Block2));
        Assert.InRange(first.Bytes.Length, 512, CoapMessage.MaxLength);
    }

    [Fact]
    public void A_large_answer_to_a_post_in_blocks_is_fetched_in_blocks()
    {
        var body = BlockServer.Bytes(100);
        _server.Request(CoapCode.Post, "rpc", BlockServer.Block(0, true, 2), BlockServer.Block(0, false, 2), body[..64]);
        var first = _server.Request(CoapCode.Post, "rpc", BlockServer.Block(1, false, 2), BlockServer.Block(0, false, 2), body[64..]);

        Assert.Equal(body, Assert.Single(_server.Bodies));
        Assert.Equal(BlockServer.Block(1, false, 2), first.UInt(OptionNumber.Block1));
        Assert.Equal(BlockServer.Block(0, true, 2), first.UInt(OptionNumber.Block2));
        var rest = PayloadOf(first).ToList();
        for (uint number = 1; rest.Count < _content.Length; number++)
        {
            var next = _server.Request(CoapCode.Post, "rpc", null, BlockServer.Block(number, false, 2), []);
            Assert.Null(next.UInt(OptionNumber.Block1));
            rest.AddRange(PayloadOf(next));
        }

        Assert.Equal(_content, rest);
        Assert.Single(_server.Bodies);
    }

    [Fact]
    public void A_later_block_of_a_post_that_is_not_held_is_never_executed_again()
    {
        Assert.Equal(CoapCode.RequestEntityIncomplete, _server.Request(CoapCode.Post, "rpc", null, BlockServer.Block(3, false, 2), []).Code);
        Assert.Empty(_server.Bodies);
    }

    [Fact]
    public void Answers_to_unlike_requests_are_not_mixed()
    {
        _server.Get("a", BlockServer.Block(0, false, 6));
        _content = [.. BlockServer.Bytes(5000).Reverse()];
        _server.Get("b", BlockServer.Block(0, false, 6));

        Assert.Equal(BlockServer.Bytes(5000)[1024..2048], PayloadOf(_server.Get("a", BlockServer.Block(1, false, 6))));
        Assert.Equal(_content[1024..2048], PayloadOf(_server.Get("b", BlockServer.Block(1, false, 6))));
    }

    [Fact]
    public void A_notification_brings_the_first_block_and_the_others_are_fetched()
    {
        _server.Answer = (endpoint, now, exchange) => endpoint.Respond(now, exchange, CoapCode.Content, default, _content.AsMemory(), observe: true);
        var first = _server.Get("tmp", BlockServer.Block(0, false, 5), (OptionNumber.Observe, []));
        Assert.NotNull(first.Observe);
        Assert.Equal(BlockServer.Block(0, true, 5), first.UInt(OptionNumber.Block2));

        var changed = BlockServer.Bytes(3000).Select(value => (byte)~value).ToArray();
        var outcome = _server.Endpoint.Notify(_server.Now, new Token([0x71, 0x72]), CoapCode.Content, default, changed, false, out _);
        Assert.Equal(SendOutcome.Accepted, outcome);
        var buffer = new byte[CoapMessage.MaxLength];
        Assert.True(_server.Endpoint.TryTakeTransmit(buffer, out var length));
        var notification = Sent.Parse(Convert.ToHexString(buffer.AsSpan(0, length)));

        Assert.NotNull(notification.Observe);
        Assert.Equal(BlockServer.Block(0, true, 5), notification.UInt(OptionNumber.Block2));
        var next = _server.Get("tmp", BlockServer.Block(1, false, 5));
        Assert.Null(next.Observe);
        Assert.Equal(notification.Option(OptionNumber.ETag), next.Option(OptionNumber.ETag));
        Assert.Equal(changed[512..1024], PayloadOf(next));
    }

    [Fact]
    public void Observe_with_a_later_block_registers_nobody()
    {
        _server.Answer = (endpoint, now, exchange) => endpoint.Respond(now, exchange, CoapCode.Content, default, _content.AsMemory(), observe: true);
        var answer = _server.Get("tmp", BlockServer.Block(2, false, 5), (OptionNumber.Observe, []));

        Assert.Null(answer.Observe);
        Assert.False(_server.Endpoint.IsObserver(new Token([0x71, 0x72])));
    }

    [Fact]
    public void Blocks_that_are_served_are_not_remembered_twice()
    {
        var first = _server.Get(block2: BlockServer.Block(0, false, 0));
        FetchRest(first, 0);
        var copy = BlockServer.Encode(200, CoapCode.Get, "res", null, BlockServer.Block(200, false, 0), []);
        _server.Receive(copy);

        Assert.Equal(ReceptionKind.Block, _server.LastKind);
        Assert.Single(_server.Bodies);
    }

    private static byte[] PayloadOf(Sent sent)
    {
        Assert.True(CoapMessage.TryParse(sent.Bytes, out var message, out _));
        return message.Payload.ToArray();
    }

    private byte[] FetchRest(Sent first, int szX)
    {
        var content = PayloadOf(first).ToList();
        for (var last = first; BlockOption.TryFrom(last.UInt(OptionNumber.Block2)!.Value, out var block) && block.More;)
        {
            last = _server.Get(block2: BlockServer.Block(block.Num + 1, false, szX));
            Assert.Equal((CoapCode.Content, 0u), (last.Code, last.UInt(OptionNumber.ContentFormat)));
            Assert.Equal(first.Option(OptionNumber.ETag), last.Option(OptionNumber.ETag));
            content.AddRange(PayloadOf(last));
        }

        return [.. content];
    }
}
