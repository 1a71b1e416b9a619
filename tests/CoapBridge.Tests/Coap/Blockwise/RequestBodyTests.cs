using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Blockwise;

/// <summary>Bodies of requests in blocks: RFC 7959 §2.5, REQUIREMENTS 9.10–9.18, 9.21, 9.22, 9.27, ATTACKS J.</summary>
public sealed class RequestBodyTests
{
    private readonly BlockServer _server = new();

    [Theory]
    [InlineData(5000, 0)]
    [InlineData(5000, 2)]
    [InlineData(5000, 6)]
    [InlineData(64, 2)]
    [InlineData(1, 2)]
    [InlineData(65_536, 6)]
    public void A_body_arrives_once_and_whole(int length, int szX)
    {
        var body = BlockServer.Bytes(length);
        var answer = _server.PutAll(body, szX);

        Assert.Equal(CoapCode.Changed, answer.Code);
        Assert.Equal(body, Assert.Single(_server.Bodies));
        Assert.Equal(BlockServer.Block((uint)((length - 1) / (16 << szX)), false, szX), answer.UInt(OptionNumber.Block1));
        Assert.Equal(0, _server.Group.Bodies.Cost);
    }

    [Fact]
    public void A_middle_block_is_answered_with_231_and_its_own_number()
    {
        for (uint number = 0; number < 3; number++)
        {
            var answer = _server.Put(BlockServer.Block(number, true, 2), new byte[64]);
            Assert.Equal((CoapCode.Continue, BlockServer.Block(number, true, 2)), (answer.Code, answer.UInt(OptionNumber.Block1)));
        }

        Assert.Empty(_server.Bodies);
    }

    [Theory]
    [InlineData(5u)]
    [InlineData(1_048_575u)]
    public void A_transfer_that_does_not_begin_with_block_0_is_408(uint number)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var answer = _server.Put(BlockServer.Block(number, true, 2), new byte[64]);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Equal(CoapCode.RequestEntityIncomplete, answer.Code);
        Assert.Equal(0, _server.Group.Bodies.Count);
    }

    [Theory]
    [InlineData(3u, 2)]
    [InlineData(1_048_575u, 6)]
    [InlineData(0u, 2, true)]
    public void A_gap_is_408_and_ends_the_transfer(uint next, int szX, bool isRestart = false)
    {
        _server.Put(BlockServer.Block(0, true, 2), new byte[64]);
        _server.Put(BlockServer.Block(1, true, 2), new byte[64]);
        var answer = _server.Put(BlockServer.Block(next, true, szX), new byte[16 << szX]);

        Assert.Equal(isRestart ? CoapCode.Continue : CoapCode.RequestEntityIncomplete, answer.Code);
        Assert.Equal(isRestart ? 1 : 0, _server.Group.Bodies.Count);
        Assert.Equal(isRestart ? CoapCode.Continue : CoapCode.RequestEntityIncomplete, _server.Put(BlockServer.Block(1, true, 2), new byte[64]).Code);
    }

    [Fact]
    public void A_block_that_comes_again_under_another_message_id_changes_nothing()
    {
        _server.Put(BlockServer.Block(0, true, 0), BlockServer.Bytes(32)[..16]);
        Assert.Equal(CoapCode.Continue, _server.Put(BlockServer.Block(0, true, 0), BlockServer.Bytes(32)[..16]).Code);
        _server.Put(BlockServer.Block(1, false, 0), BlockServer.Bytes(32)[16..]);

        Assert.Equal(BlockServer.Bytes(32), Assert.Single(_server.Bodies));
    }

    [Fact]
    public void A_duplicate_last_block_is_answered_again_and_delivered_once()
    {
        _server.Put(BlockServer.Block(0, true, 0), new byte[16]);
        var last = BlockServer.Encode(0x7777, CoapCode.Put, "res", BlockServer.Block(1, false, 0), null, new byte[4]);
        _server.Receive(last);
        _server.Receive(last);

        Assert.Single(_server.Bodies);
    }

    [Theory]
    [InlineData(true, 15)]
    [InlineData(true, 17)]
    [InlineData(true, 0)]
    [InlineData(false, 17)]
    public void A_payload_that_is_not_of_the_size_of_the_block_is_400(bool more, int length) =>
        Assert.Equal(CoapCode.BadRequest, _server.Put(BlockServer.Block(0, more, 0), new byte[length]).Code);

    [Fact]
    public void The_last_block_may_be_empty()
    {
        _server.Put(BlockServer.Block(0, true, 0), new byte[16]);
        Assert.Equal(CoapCode.Changed, _server.Put(BlockServer.Block(1, false, 0), []).Code);
        Assert.Equal(16, Assert.Single(_server.Bodies).Length);
    }

    [Fact]
    public void The_size_of_blocks_may_change_on_the_way_because_offsets_count()
    {
        var body = BlockServer.Bytes(256 + 64);
        _server.Put(BlockServer.Block(0, true, 3), body[..128]);
        _server.Put(BlockServer.Block(2, true, 2), body[128..192]);
        _server.Put(BlockServer.Block(3, true, 2), body[192..256]);
        _server.Put(BlockServer.Block(2, false, 3), body[256..]);

        Assert.Equal(body, Assert.Single(_server.Bodies));
    }

    [Fact]
    public void One_byte_over_the_limit_is_413_with_the_limit_and_frees_the_transfer()
    {
        _server.Maximum = 100;
        var answer = _server.PutAll(BlockServer.Bytes(101), 0);

        Assert.Equal((CoapCode.RequestEntityTooLarge, 100u), (answer.Code, answer.UInt(OptionNumber.Size1)));
        Assert.Equal(0, _server.Group.Bodies.Count);
        Assert.Equal(CoapCode.Changed, _server.PutAll(BlockServer.Bytes(100), 0).Code);
    }

    [Fact]
    public void A_size_that_is_announced_is_refused_when_too_large_and_never_allocated()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(
            CoapCode.RequestEntityTooLarge,
            _server.Put(BlockServer.Block(0, true, 0), new byte[16], more: (OptionNumber.Size1, [0xFF, 0xFF, 0xFF, 0xFF])).Code);
        Assert.Equal(CoapCode.Continue, _server.Put(BlockServer.Block(0, true, 0), new byte[16], more: (OptionNumber.Size1, [0xFF, 0xFF])).Code);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 60_000);
        Assert.InRange(_server.Group.Bodies.Cost, 1, 600);
    }

    [Fact]
    public void A_size_that_lies_small_is_only_a_hint()
    {
        var body = BlockServer.Bytes(100);
        Assert.Equal(CoapCode.Changed, _server.PutAll(body, 0, more: (OptionNumber.Size1, [10])).Code);
        Assert.Equal(body, Assert.Single(_server.Bodies));
    }

    [Theory]
    [InlineData(OptionNumber.ContentFormat, "00", "32")]
    [InlineData(OptionNumber.UriQuery, "61", "62")]
    [InlineData(OptionNumber.IfMatch, "61", "62")]
    [InlineData(OptionNumber.RequestTag, "01", "02")]
    [InlineData(OptionNumber.RequestTag, "", "00")]
    public void Blocks_whose_options_differ_are_not_of_one_body(OptionNumber number, string first, string second)
    {
        _server.Put(BlockServer.Block(0, true, 0), new byte[16], more: (number, Convert.FromHexString(first)));
        var other = _server.Put(BlockServer.Block(1, false, 0), new byte[16], more: (number, Convert.FromHexString(second)));

        Assert.Equal(CoapCode.RequestEntityIncomplete, other.Code);
        Assert.Empty(_server.Bodies);
    }

    [Theory]
    [InlineData(OptionNumber.Size1, "10", "20")]
    [InlineData(OptionNumber.Echo, "10", "20")]
    [InlineData(OptionNumber.NoResponse, "", "08")]
    public void Options_that_are_no_part_of_a_cache_key_may_differ(OptionNumber number, string first, string second)
    {
        _server.Put(BlockServer.Block(0, true, 0), new byte[16], more: (number, Convert.FromHexString(first)));
        _server.Put(BlockServer.Block(1, false, 0), new byte[16], more: (number, Convert.FromHexString(second)));

        Assert.Equal(32, Assert.Single(_server.Bodies).Length);
    }

    [Fact]
    public void Transfers_with_unlike_request_tags_go_on_side_by_side()
    {
        byte[][] bodies = [BlockServer.Bytes(64), [.. BlockServer.Bytes(64).Reverse()]];
        for (uint number = 0; number < 4; number++)
        {
            for (byte tag = 0; tag < 2; tag++)
            {
                _server.Put(
                    BlockServer.Block(number, number < 3, 0), bodies[tag][(int)(number * 16)..(int)((number + 1) * 16)],
                    more: (OptionNumber.RequestTag, [tag]));
            }
        }

        Assert.Equal(bodies, _server.Bodies);
    }

    [Fact]
    public void Block1_with_get_or_delete_is_402()
    {
        Assert.Equal(CoapCode.BadOption, _server.Request(CoapCode.Get, "res", BlockServer.Block(0, true, 0), null, new byte[16]).Code);
        Assert.Equal(CoapCode.BadOption, _server.Request(CoapCode.Delete, "res", BlockServer.Block(0, false, 0), null, []).Code);
    }

    [Fact]
    public void A_transfer_that_stands_still_is_forgotten_after_exchange_lifetime()
    {
        _server.Put(BlockServer.Block(0, true, 0), new byte[16]);
        _server.Now += TimeSpan.FromSeconds(100);
        _server.Put(BlockServer.Block(1, true, 0), new byte[16]);
        Assert.Equal(_server.Now + TimeSpan.FromSeconds(247), _server.Group.NextDeadline);

        _server.Now += TimeSpan.FromSeconds(246);
        _server.Group.HandleTimeout(_server.Now);
        Assert.Equal(1, _server.Group.Bodies.Count);
        _server.Now += TimeSpan.FromSeconds(1);
        _server.Group.HandleTimeout(_server.Now);
        Assert.Equal((0, 0L), (_server.Group.Bodies.Count, _server.Group.Bodies.Cost));
        Assert.Null(_server.Group.NextDeadline);
    }

    [Fact]
    public void Ten_thousand_transfers_that_are_never_finished_keep_within_the_peers_share()
    {
        var other = new BlockServer(_server.Group);
        other.Put(BlockServer.Block(0, true, 6), new byte[1024]);
        for (var number = 0; number < 10_000; number++)
        {
            _server.Put(BlockServer.Block(0, true, 6), new byte[1024], path: $"{number}");
        }

        Assert.InRange(_server.Group.Bodies.Count, 2, 1 + new BodyLimits().MaximumCountPerPeer);
        Assert.Equal(CoapCode.Changed, other.Put(BlockServer.Block(1, false, 6), new byte[3]).Code);
        _server.Endpoint.Release();
        Assert.Equal(0, _server.Group.Bodies.Count);
    }

    [Fact]
    public void Who_hoards_evicts_itself_and_nobody_else()
    {
        var group = new EndpointGroup(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(1))
        {
            BodyLimits = new BodyLimits { Maximum = 100_000, MaximumPerPeer = 60_000, MaximumCountPerPeer = 1000 },
        };
        var modest = new BlockServer(group);
        modest.Put(BlockServer.Block(0, true, 6), BlockServer.Bytes(1024));
        var hoarders = Enumerable.Range(0, 4).Select(_ => new BlockServer(group)).ToArray();
        for (var round = 0; round < 400; round++)
        {
            hoarders[round % 4].Put(BlockServer.Block(0, true, 6), new byte[1024], path: $"{round}");
            Assert.InRange(group.Bodies.Cost, 1, 100_000);
        }

        modest.Put(BlockServer.Block(1, false, 6), [1]);
        Assert.Equal(1025, Assert.Single(modest.Bodies).Length);
    }

    [Fact]
    public void Blocks_of_two_peers_never_mix()
    {
        var other = new BlockServer(_server.Group);
        _server.Put(BlockServer.Block(0, true, 0), new byte[16]);

        Assert.Equal(CoapCode.RequestEntityIncomplete, other.Put(BlockServer.Block(1, false, 0), new byte[16]).Code);
    }

    [Fact]
    public void An_owner_may_refuse_at_the_first_block()
    {
        var peer = new Peer();
        var reception = peer.Endpoint.HandleDatagram(
            peer.Now, BlockServer.Encode(1, CoapCode.Put, "no", BlockServer.Block(0, true, 0), null, new byte[16]), out _, out var exchange);

        Assert.Equal(ReceptionKind.FirstBlock, reception.Kind);
        peer.Respond(exchange, CoapCode.NotFound);
        Assert.Equal(BlockServer.Block(0, false, 0), Assert.Single(peer.Messages()).UInt(OptionNumber.Block1));
    }
}
