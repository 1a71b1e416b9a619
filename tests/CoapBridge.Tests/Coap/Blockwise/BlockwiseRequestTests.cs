using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Blockwise;

/// <summary>Our requests in blocks, against our server and against answers that no good server gives.</summary>
public sealed class BlockwiseRequestTests
{
    private readonly BlockServer _server = new();

    [Theory]
    [InlineData(5000, 5000, 2)]
    [InlineData(5000, 5000, 6)]
    [InlineData(0, 5000, 0)]
    [InlineData(5000, 0, 6)]
    [InlineData(64, 64, 2)]
    [InlineData(65, 65, 2)]
    [InlineData(10, 10, 6)]
    public void A_body_goes_and_a_body_comes(int there, int back, int szX)
    {
        _server.Answer = (endpoint, now, exchange) => endpoint.Respond(now, exchange, CoapCode.Content, default, BlockServer.Bytes(back).AsMemory());
        var request = new BlockwiseRequest(CoapCode.Post, [0xB3, .. "res"u8], BlockServer.Bytes(there), szX, 100_000);

        Assert.Equal(TransferStep.Done, Run(request, out _));
        Assert.Equal(BlockServer.Bytes(there), Assert.Single(_server.Bodies));
        Assert.Equal(BlockServer.Bytes(back), request.Body.ToArray());
    }

    [Fact]
    public void An_error_ends_the_transfer_and_its_diagnostic_is_the_body()
    {
        _server.Maximum = 100;
        var request = new BlockwiseRequest(CoapCode.Put, [0xB3, .. "res"u8], BlockServer.Bytes(5000), 6, 1000);

        Assert.Equal(TransferStep.Done, Run(request, out var last));
        Assert.Equal((CoapCode.RequestEntityTooLarge, "too-large: see Size1"), (last.Code, System.Text.Encoding.UTF8.GetString(request.Body.Span)));
    }

    [Fact]
    public void A_server_that_lowers_the_size_gets_the_rest_in_its_size()
    {
        var request = new BlockwiseRequest(CoapCode.Put, [], BlockServer.Bytes(200), 3, 1000);
        Assert.Equal(128, request.Payload.Length);
        Assert.Equal(TransferStep.Next, Handle(request, CoapCode.Continue, [0xD1, 0x0E, 0x08 | 1]));

        Assert.Equal(BlockServer.Bytes(200)[128..160], request.Payload.ToArray());
        Assert.Equal(BlockServer.Block(4, true, 1), Block1Of(request));
    }

    [Fact]
    public void A_413_that_names_a_smaller_size_is_tried_again()
    {
        var request = new BlockwiseRequest(CoapCode.Put, [], BlockServer.Bytes(200), 3, 1000);
        Assert.Equal(TransferStep.Next, Handle(request, CoapCode.RequestEntityTooLarge, [0xD1, 0x0E, 1]));
        Assert.Equal(BlockServer.Block(0, true, 1), Block1Of(request));
    }

    [Theory]
    [InlineData("2.31", "")]
    [InlineData("2.31", "D10E18")] // NUM 1, not 0
    [InlineData("2.31", "D10E0E")] // a larger size
    public void An_answer_that_continues_something_else_fails(string code, string options)
    {
        var request = new BlockwiseRequest(CoapCode.Put, [], BlockServer.Bytes(200), 3, 1000);
        Assert.Equal(TransferStep.Failed, Handle(request, CoapCode.Of(code[0] - '0', int.Parse(code[2..])), Convert.FromHexString(options)));
    }

    [Theory]
    [InlineData("D10A18", 16)] // begins with block 1
    [InlineData("D10A08", 15)] // M, and too short
    [InlineData("D10A00", 17)] // longer than a block
    public void Blocks_that_cannot_be_put_together_fail(string options, int length)
    {
        var request = new BlockwiseRequest(CoapCode.Get, [], default, 6, 1000);
        Assert.Equal(TransferStep.Failed, Handle(request, CoapCode.Content, Convert.FromHexString(options), length));
    }

    [Fact]
    public void An_answer_without_end_fails_at_the_limit()
    {
        var request = new BlockwiseRequest(CoapCode.Get, [], default, 6, 1000);
        for (uint number = 0; number < 62; number++)
        {
            Assert.Equal(TransferStep.Next, HandleBlock(request, number, tag: 1));
        }

        Assert.Equal(TransferStep.Failed, HandleBlock(request, 62, tag: 1));
    }

    [Fact]
    public void Another_etag_begins_the_answer_again_a_few_times()
    {
        var request = new BlockwiseRequest(CoapCode.Get, [], default, 6, 1000);
        for (byte round = 0; round < 4; round++)
        {
            Assert.Equal(TransferStep.Next, HandleBlock(request, 0, round));
            var step = HandleBlock(request, 1, tag: 100);
            Assert.Equal(round < 3 ? TransferStep.Next : TransferStep.Failed, step);
        }
    }

    private static TransferStep HandleBlock(BlockwiseRequest request, uint number, byte tag)
    {
        var options = new OptionWriter(new byte[16]);
        options.Write(OptionNumber.ETag, [tag]);
        options.Write(OptionNumber.Block2, BlockServer.Block(number, true, 0));
        return Handle(request, CoapCode.Content, options.Written.ToArray(), 16);
    }

    private static uint? Block1Of(BlockwiseRequest request)
    {
        var options = new OptionWriter(new byte[64]);
        request.WriteOptions(ref options);
        return Sent.Parse("40030001" + Convert.ToHexString(options.Written)).UInt(OptionNumber.Block1);
    }

    private static TransferStep Handle(BlockwiseRequest request, CoapCode code, byte[] options, int payload = 0)
    {
        byte[] datagram = [0x60, code.Value, 0, 1, .. options, .. payload > 0 ? [0xFF, .. new byte[payload]] : Array.Empty<byte>()];
        Assert.True(CoapMessage.TryParse(datagram, out var message, out _));
        return request.HandleResponse(message);
    }

    private TransferStep Run(BlockwiseRequest request, out Sent last)
    {
        for (ushort messageId = 0; ; messageId++)
        {
            var buffer = new byte[CoapMessage.MaxLength];
            var options = new OptionWriter(buffer);
            request.WriteOptions(ref options);
            byte[] payload = request.Payload.IsEmpty ? [] : [0xFF, .. request.Payload.Span];
            _server.Receive([0x40, request.Method.Value, (byte)(messageId >> 8), (byte)messageId, .. options.Written, .. payload]);
            var answer = new byte[CoapMessage.MaxLength];
            Assert.True(_server.Endpoint.TryTakeTransmit(answer, out var length));
            last = Sent.Parse(Convert.ToHexString(answer.AsSpan(0, length)));
            Assert.True(CoapMessage.TryParse(answer.AsSpan(0, length), out var message, out _));
            if (request.HandleResponse(message) is var step and not TransferStep.Next)
            {
                return step;
            }
        }
    }
}
