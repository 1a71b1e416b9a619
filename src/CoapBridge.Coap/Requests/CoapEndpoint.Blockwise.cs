using CoapBridge.Wire;

namespace CoapBridge.Coap;

// Bodies that do not fit into one message (RFC 7959): requests are put together here, answers cut.
public sealed partial class CoapEndpoint
{
    /// <summary>
    /// Goes on with a body of which <see cref="ReceptionKind.FirstBlock"/> is the first block: asks for the next, or refuses
    /// what is too large. The owner that wants none of it responds instead.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="exchange">As it came.</param>
    /// <param name="request">As it came.</param>
    /// <param name="maximum">Bytes that the whole body may have.</param>
    public void TakeFirstBlock(Instant now, Exchange exchange, in CoapMessage request, int maximum)
    {
        var key = CacheKey.Of(request);

        // RFC 7959 §2.5: block 0 begins anew whatever was under way.
        var share = _bodies ??= new BodyShare();
        if (share.FindRequest(request.Code, key) is { } before)
        {
            _group.Bodies.Remove(before);
        }

        // RFC 7959 §4: what Size1 announces is believed only when it is too much.
        if ((request.TryGetUInt32(OptionNumber.Size1, out var announced) && announced > maximum) || request.Payload.Length > maximum)
        {
            RefuseLarge(now, exchange, maximum);
            return;
        }

        var body = new RequestBody(share, request.Code, key, maximum);
        if (!_group.Bodies.TryAdd(now, body) || !_group.Bodies.TryAppend(now, body, request.Payload))
        {
            _group.Bodies.Remove(body);
            RefuseForRoom(now, exchange);
            return;
        }

        Respond(now, exchange, CoapCode.Continue);
    }

    /// <summary>
    /// A request with Block1 (RFC 7959 §2.5): true when its body is complete. Otherwise it has been answered, or it is the
    /// first block, about which the owner is asked.
    /// </summary>
    private bool TryComplete(Instant now, in CoapMessage request, Exchange exchange, BlockOption block, out byte[]? body, out ReceptionKind kind)
    {
        body = null;
        kind = ReceptionKind.Block;

        // RFC 7959 §2.1: Block1 says something only about a payload that the method has.
        if (request.Code == CoapCode.Get || request.Code == CoapCode.Delete)
        {
            Refuse(now, exchange, CoapCode.BadOption, "block1: not with this method"u8);
            return false;
        }

        // RFC 7959 §2.2: with M set the payload has the size of a block; without it, at most that.
        if (block.More ? request.Payload.Length != block.Size : request.Payload.Length > block.Size)
        {
            Refuse(now, exchange, CoapCode.BadRequest, "block1: payload is not of the size that it says"u8);
            return false;
        }

        if (block.Num == 0)
        {
            kind = block.More ? ReceptionKind.FirstBlock : ReceptionKind.Request;
            return !block.More;
        }

        return TryContinue(now, request, exchange, block, out body);
    }

    private bool TryContinue(Instant now, in CoapMessage request, Exchange exchange, BlockOption block, out byte[]? body)
    {
        body = null;
        if (_bodies?.FindRequest(request.Code, CacheKey.Of(request)) is not { } transfer)
        {
            Refuse(now, exchange, CoapCode.RequestEntityIncomplete, "block1: begin anew"u8);
            return false;
        }

        // The block that came last, sent again under another Message ID because our answer to it was lost.
        if (block.More && block.Offset + request.Payload.Length == transfer.Length)
        {
            _group.Bodies.Touch(now, transfer);
            Respond(now, exchange, CoapCode.Continue);
            return false;
        }

        if (block.Offset != transfer.Length)
        {
            _group.Bodies.Remove(transfer);
            Refuse(now, exchange, CoapCode.RequestEntityIncomplete, "block1: a block is missing, begin anew"u8);
            return false;
        }

        if (transfer.Length + request.Payload.Length > transfer.Maximum)
        {
            _group.Bodies.Remove(transfer);
            RefuseLarge(now, exchange, transfer.Maximum);
            return false;
        }

        if (!_group.Bodies.TryAppend(now, transfer, request.Payload))
        {
            _group.Bodies.Remove(transfer);
            RefuseForRoom(now, exchange);
            return false;
        }

        if (block.More)
        {
            Respond(now, exchange, CoapCode.Continue);
            return false;
        }

        _group.Bodies.Remove(transfer);
        body = transfer.Bytes.ToArray();
        return true;
    }

    /// <summary>A later block of an answer (RFC 7959 §2.4): true when it has been answered, from what is held or with an error.</summary>
    private bool TryServeBlock(Instant now, Exchange exchange, in ResponseTerms terms, int key)
    {
        if (_bodies?.FindResponse(key) is { } held)
        {
            _group.Bodies.Touch(now, held);
            Respond(now, exchange, held.Code, held.Options, held.Payload.Span, held.Payload, held, observe: false);
            return true;
        }

        // A GET is executed again, and its block cut from what there is now: the ETag tells the peer (RFC 7959 §2.4).
        if (terms.IsSafe)
        {
            return false;
        }

        Refuse(now, exchange, CoapCode.RequestEntityIncomplete, "block2: the answer is not held any more"u8);
        return true;
    }

    /// <summary>The one block of an answer that goes into this message; all of it when it fits and no block was asked for.</summary>
    private OutgoingMessage Compose(in AnswerParts answer, ReadOnlySpan<byte> payload, ReadOnlyMemory<byte> kept)
    {
        var added = new AddedOptions
        {
            Observe = answer.Observe,
            Block1 = Echo(answer.Terms.Block1, answer.Code),
            Size2 = answer.Terms.WantsSize2 ? (uint)payload.Length : null,
        };

        // A block is one of a representation; an error has none.
        var asked = answer.Code.Class == 2 ? answer.Terms.Block2 : null;
        if (asked is null && IsWhole(answer, payload))
        {
            return answer.Message(Encode(answer.Options, added, payload));
        }

        var block = (asked ?? new BlockOption(0, false, answer.PreferredSzX)).Lower(LargestSzX(answer.Token, answer.Options));
        if (block.Num > 0 && block.Offset >= payload.Length)
        {
            var refusal = Encode(default, new AddedOptions { Block1 = added.Block1 }, "block2: past the end"u8);
            return answer.Message(refusal) with { Code = CoapCode.BadRequest };
        }

        var length = (int)Math.Min(block.Size, payload.Length - block.Offset);
        block = block with { More = block.Offset + length < payload.Length };
        added.Block2 = block.ToUInt32();
        var options = answer.Options;
        if (block.More || block.Num > 0)
        {
            // RFC 7959 §4: the size is told with the first block, and whenever it is asked for.
            added.Size2 = block.Num == 0 || answer.Terms.WantsSize2 ? (uint)payload.Length : null;
            options = answer.Held is null ? Hold(answer, kept.IsEmpty ? payload.ToArray() : kept) : options;
        }

        return answer.Message(Encode(options, added, payload.Slice((int)block.Offset, length)));
    }

    private static bool IsWhole(in AnswerParts answer, ReadOnlySpan<byte> payload) =>
        payload.Length <= 16 << answer.PreferredSzX
        && OutgoingMessage.LengthOf(answer.Token, answer.Options, payload) + AddedOptions.MaximumLength <= CoapMessage.MaxLength;

    /// <summary>Keeps an answer for those who fetch its other blocks; returns its options, which have an ETag now.</summary>
    private byte[] Hold(in AnswerParts answer, ReadOnlyMemory<byte> payload)
    {
        Span<byte> tag = stackalloc byte[EntityTag.Length];
        EntityTag.Write(payload.Span, tag);
        Span<byte> buffer = stackalloc byte[CoapMessage.MaxLength];
        var merged = new OptionWriter(buffer);
        new AddedOptions { EntityTag = tag }.Merge(answer.Options, ref merged);
        var options = merged.Written.ToArray();
        var share = _bodies ??= new BodyShare();
        if (share.FindResponse(answer.Key) is { } before)
        {
            _group.Bodies.Remove(before);
        }

        _group.Bodies.TryAdd(answer.Now, new ResponseBody(share, answer.Key, answer.Code, options, payload));
        return options;
    }

    /// <summary>RFC 7959 §2.3: the answer to a block repeats its option; M is set only when it is not the last answer.</summary>
    private static uint? Echo(BlockOption? block1, CoapCode code) =>
        block1 is { } block ? (block with { More = code == CoapCode.Continue }).ToUInt32() : null;

    /// <summary>Of the largest block that fits beside the options; -1 when none does.</summary>
    private static int LargestSzX(Token token, ReadOnlySpan<byte> options)
    {
        var room = CoapMessage.MaxLength - OutgoingMessage.LengthOf(token, options, default) - AddedOptions.MaximumLength - 1;
        for (var szX = BlockOption.LargestSzX; szX >= 0; szX--)
        {
            if (16 << szX <= room)
            {
                return szX;
            }
        }

        return -1;
    }

    private static byte[]? Encode(ReadOnlySpan<byte> options, in AddedOptions added, ReadOnlySpan<byte> payload)
    {
        if (added.IsEmpty)
        {
            return OutgoingMessage.BodyOf(options, payload);
        }

        Span<byte> buffer = stackalloc byte[CoapMessage.MaxLength];
        var merged = new OptionWriter(buffer);
        added.Merge(options, ref merged);
        return OutgoingMessage.BodyOf(merged.Written, payload);
    }

    private void RefuseLarge(Instant now, Exchange exchange, int maximum)
    {
        Span<byte> buffer = stackalloc byte[8];
        var options = new OptionWriter(buffer);
        options.Write(OptionNumber.Size1, (uint)maximum);
        Respond(now, exchange, CoapCode.RequestEntityTooLarge, options.Written, "too-large: see Size1"u8);
    }

    private void RefuseForRoom(Instant now, Exchange exchange)
    {
        Span<byte> buffer = stackalloc byte[8];
        var options = new OptionWriter(buffer);
        options.Write(OptionNumber.MaxAge, (uint)_group.Parameters.MaxTransmitWait.TotalSeconds);
        Respond(now, exchange, CoapCode.ServiceUnavailable, options.Written, "busy: no room for bodies"u8);
    }

    private void Refuse(Instant now, Exchange exchange, CoapCode code, ReadOnlySpan<byte> diagnostic) =>
        Respond(now, exchange, code, default, diagnostic);

    /// <summary>What an answer consists of, apart from its payload.</summary>
    private readonly ref struct AnswerParts(Instant now, Token token, ResponseTerms terms, int key, CoapCode code, ReadOnlySpan<byte> options)
    {
        public Instant Now { get; } = now;

        public Token Token { get; } = token;

        public ResponseTerms Terms { get; } = terms;

        public int Key { get; } = key;

        public CoapCode Code { get; } = code;

        public ReadOnlySpan<byte> Options { get; } = options;

        public uint? Observe { get; init; }

        /// <summary>SZX of the largest piece for a peer that did not say: a diagnostic is never cut for a peer's small blocks.</summary>
        public int PreferredSzX => Code.Class == 2 ? Terms.PreferredSzX : BlockOption.LargestSzX;

        /// <summary>Where it comes from, when it was cut before.</summary>
        public ResponseBody? Held { get; init; }

        public OutgoingMessage Message(byte[]? body) => new(MessageType.Confirmable, Code, 0, Token, body);
    }
}
