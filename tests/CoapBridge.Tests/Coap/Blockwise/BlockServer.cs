using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Coap.Blockwise;

/// <summary>A server under virtual time, spoken to in requests with block options.</summary>
internal sealed class BlockServer(EndpointGroup group)
{
    private readonly CoapEndpoint _endpoint = new(group);
    private readonly byte[] _buffer = new byte[CoapMessage.MaxLength];
    private ushort _messageId;

    public BlockServer()
        : this(new EndpointGroup(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(1)))
    {
    }

    public EndpointGroup Group => group;

    public CoapEndpoint Endpoint => _endpoint;

    public Instant Now { get; set; } = new(1L << 40);

    public int Maximum { get; set; } = 65_536;

    /// <summary>Bodies of the requests that were whole.</summary>
    public List<byte[]> Bodies { get; } = [];

    /// <summary>How each of them is answered.</summary>
    public Action<CoapEndpoint, Instant, Exchange> Answer { get; set; } = (endpoint, now, exchange) => endpoint.Respond(now, exchange, CoapCode.Changed);

    public ReceptionKind LastKind { get; private set; }

    public Sent Get(string path = "res", uint? block2 = null, params (OptionNumber Number, byte[] Value)[] more) =>
        Request(CoapCode.Get, path, null, block2, [], more);

    public Sent Put(uint? block1, byte[] payload, uint? block2 = null, string path = "res", params (OptionNumber Number, byte[] Value)[] more) =>
        Request(CoapCode.Put, path, block1, block2, payload, more);

    public Sent Request(
        CoapCode code, string path, uint? block1, uint? block2, byte[] payload, params (OptionNumber Number, byte[] Value)[] more)
    {
        Receive(Encode(_messageId++, code, path, block1, block2, payload, more));
        Assert.True(_endpoint.TryTakeTransmit(_buffer, out var length));
        return Sent.Parse(Convert.ToHexString(_buffer.AsSpan(0, length)));
    }

    public static byte[] Encode(
        ushort messageId, CoapCode code, string path, uint? block1, uint? block2, byte[] payload, params (OptionNumber Number, byte[] Value)[] more)
    {
        var options = new List<(OptionNumber Number, byte[] Value)>(more) { (OptionNumber.UriPath, System.Text.Encoding.UTF8.GetBytes(path)) };
        AddUInt(OptionNumber.Block1, block1);
        AddUInt(OptionNumber.Block2, block2);
        var buffer = new byte[2048];
        var writer = new CoapWriter(buffer, MessageType.Confirmable, code, messageId, [0x71, 0x72]);
        foreach (var (number, value) in options.OrderBy(option => option.Number))
        {
            writer.WriteOption(number, value);
        }

        writer.WritePayload(payload);
        return writer.Written.ToArray();

        void AddUInt(OptionNumber number, uint? value)
        {
            if (value is { } known)
            {
                var bytes = new byte[4];
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, known);
                options.Add((number, bytes.AsSpan().TrimStart((byte)0).ToArray()));
            }
        }
    }

    public void Receive(byte[] datagram)
    {
        var reception = _endpoint.HandleDatagram(Now, datagram, out var request, out var exchange);
        LastKind = reception.Kind;
        if (reception.Kind == ReceptionKind.FirstBlock)
        {
            _endpoint.TakeFirstBlock(Now, exchange, request, Maximum);
        }
        else if (reception.Kind == ReceptionKind.Request)
        {
            Bodies.Add(request.Payload.ToArray());
            Answer(_endpoint, Now, exchange);
        }
    }

    /// <summary>Sends a body in blocks; the answer to the last.</summary>
    public Sent PutAll(byte[] body, int szX, string path = "res", params (OptionNumber Number, byte[] Value)[] more)
    {
        var size = 16 << szX;
        for (var number = 0; ; number++)
        {
            var isLast = (number + 1) * size >= body.Length;
            var answer = Put(Block((uint)number, !isLast, szX), body[(number * size)..Math.Min(body.Length, (number + 1) * size)], null, path, more);
            if (isLast || answer.Code != CoapCode.Continue)
            {
                return answer;
            }
        }
    }

    public static uint Block(uint number, bool more, int szX) => new BlockOption(number, more, szX).ToUInt32();

    public static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(index => (byte)(index * 31 >> 3))];
}
