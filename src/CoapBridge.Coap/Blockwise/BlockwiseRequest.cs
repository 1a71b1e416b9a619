namespace CoapBridge.Coap;

/// <summary>
/// One request of ours in as many messages as it takes, one after the other: its body goes in Block1, the body of the answer
/// comes in Block2 (RFC 7959 §2.4, §2.5, §2.7). For each message take <see cref="WriteOptions"/> and <see cref="Payload"/>, and
/// give its response to <see cref="HandleResponse"/>.
/// </summary>
/// <param name="method">A request code.</param>
/// <param name="options">Encoded, without block options; those of every message.</param>
/// <param name="body">Of any length.</param>
/// <param name="szX">Of the blocks that we send and ask for, at most 6; a server may make them smaller.</param>
/// <param name="maximum">Bytes of an answer that are taken.</param>
public sealed class BlockwiseRequest(CoapCode method, byte[] options, ReadOnlyMemory<byte> body, int szX, int maximum)
{
    /// <summary>How often an answer may change while it is fetched, before it is given up.</summary>
    private const int MaximumRestarts = 3;

    private readonly List<byte> _answer = [];
    private readonly bool _asksForSize = szX < BlockOption.LargestSzX;
    private BlockOption? _block1 = body.Length > 16 << szX ? new BlockOption(0, true, szX) : null;
    private BlockOption? _block2;
    private byte[] _entityTag = [];
    private int _restarts;

    public CoapCode Method => method;

    /// <summary>The payload of the next message.</summary>
    public ReadOnlyMemory<byte> Payload =>
        _block1 is { } block ? body.Slice((int)block.Offset, (int)Math.Min(block.Size, body.Length - block.Offset))
        : _block2 is { Num: > 0 } ? default : body;

    /// <summary>The body of the answer.</summary>
    public ReadOnlyMemory<byte> Body => _answer.ToArray();

    /// <summary>Writes the options of the next message.</summary>
    public void WriteOptions(ref OptionWriter writer) => new AddedOptions
    {
        Block1 = _block1?.ToUInt32(),
        Block2 = _block2?.ToUInt32() ?? (_asksForSize ? (uint)szX : null),
        Size1 = _block1 is { Num: 0 } ? (uint)body.Length : null,
    }.Merge(options, ref writer);

    /// <summary>The rest of something that came unasked: a notification's other blocks (RFC 7959 §2.6).</summary>
    /// <returns>Done when it was whole.</returns>
    public TransferStep HandleNotification(in CoapMessage notification)
    {
        _block1 = null;
        _block2 = null;
        _answer.Clear();
        return HandleAnswer(notification);
    }

    public TransferStep HandleResponse(in CoapMessage response)
    {
        if (_block1 is not { } sent)
        {
            return HandleAnswer(response);
        }

        var isRepeated = BlockOption.TryRead(response, OptionNumber.Block1, out var repeated);

        // RFC 7959 §2.9.3: a 4.13 to the first block may say that smaller ones would do.
        if (response.Code == CoapCode.RequestEntityTooLarge && sent.Num == 0 && isRepeated && repeated.SzX < sent.SzX)
        {
            _block1 = new BlockOption(0, true, repeated.SzX);
            return TransferStep.Next;
        }

        if (response.Code != CoapCode.Continue)
        {
            _block1 = null;
            return HandleAnswer(response);
        }

        if (!sent.More || !isRepeated || repeated.Num != sent.Num || repeated.SzX > sent.SzX)
        {
            return TransferStep.Failed;
        }

        // RFC 7959 §2.5: the server may lower the size; what has been sent counts in bytes.
        var next = (sent.Offset + sent.Size) / repeated.Size;
        _block1 = new BlockOption((uint)next, ((next + 1) * repeated.Size) < body.Length, repeated.SzX);
        return next <= BlockOption.LastNum ? TransferStep.Next : TransferStep.Failed;
    }

    private TransferStep HandleAnswer(in CoapMessage response)
    {
        if (!BlockOption.TryRead(response, OptionNumber.Block2, out var block) || response.Code.Class != 2)
        {
            _answer.Clear();
            _answer.AddRange(response.Payload);
            return response.Payload.Length <= maximum ? TransferStep.Done : TransferStep.Failed;
        }

        response.TryGetOption(OptionNumber.ETag, out var entityTag);
        if (_answer.Count > 0 && !entityTag.SequenceEqual(_entityTag))
        {
            return BeginAgain();
        }

        if (block.Offset != _answer.Count || response.Payload.Length > block.Size || (block.More && response.Payload.Length != block.Size)
            || _answer.Count + response.Payload.Length > maximum)
        {
            return TransferStep.Failed;
        }

        _entityTag = entityTag.ToArray();
        _answer.AddRange(response.Payload);
        _block2 = new BlockOption(block.Num + 1, false, block.SzX);
        return block.More ? TransferStep.Next : TransferStep.Done;
    }

    /// <summary>RFC 7959 §2.4: blocks of unlike ETags are not of one representation. Only a GET may be asked anew.</summary>
    private TransferStep BeginAgain()
    {
        _answer.Clear();
        _block2 = new BlockOption(0, false, _block2!.Value.SzX);
        return method == CoapCode.Get && ++_restarts <= MaximumRestarts ? TransferStep.Next : TransferStep.Failed;
    }
}
