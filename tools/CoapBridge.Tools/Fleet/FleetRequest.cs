using CoapBridge.Coap;

namespace CoapBridge.Tools.Fleet;

/// <summary>A request as a fleet sends it, once or many times: all of the message but its ids.</summary>
internal sealed class FleetRequest
{
    private const byte PayloadMarker = 0xFF;

    private readonly byte[] _body;

    private FleetRequest(CoapCode method, bool confirmable, byte[] body)
    {
        Method = method;
        Confirmable = confirmable;
        _body = body;
    }

    /// <summary>An empty CON, whose answer is an RST (RFC 7252 §4.3).</summary>
    public static FleetRequest Ping { get; } = new(CoapCode.Empty, confirmable: true, []);

    public CoapCode Method { get; }

    public bool Confirmable { get; }

    /// <summary>Bytes of options and payload.</summary>
    public int Length => _body.Length;

    /// <summary>To a path and query whose options <paramref name="write"/> writes, in ascending order.</summary>
    /// <exception cref="ArgumentException">It is longer than a message may be.</exception>
    public static FleetRequest Create(CoapCode method, bool confirmable, WriteOptions write, ReadOnlySpan<byte> payload)
    {
        Span<byte> body = stackalloc byte[CoapMessage.MaxLength];
        var options = new OptionWriter(body);
        write(ref options);
        var length = options.Written.Length;
        if (options.Failed || CoapMessage.HeaderLength + FleetDevice.TokenLength + length + 1 + payload.Length > CoapMessage.MaxLength)
        {
            throw new ArgumentException($"options and payload take more than a message of {CoapMessage.MaxLength} bytes; make the payload smaller");
        }

        if (payload.Length > 0)
        {
            body[length++] = PayloadMarker;
            payload.CopyTo(body[length..]);
            length += payload.Length;
        }

        return new(method, confirmable, body[..length].ToArray());
    }

    /// <summary>A POST to a path like <c>t/x</c>, with an Observe of 0 if it is to register an observer, which a GET is.</summary>
    public static FleetRequest To(string path, CoapCode method, ReadOnlySpan<byte> payload = default, bool observe = false, bool confirmable = true)
    {
        void Write(ref OptionWriter options)
        {
            if (observe)
            {
                options.Write(OptionNumber.Observe, 0);
            }

            foreach (var segment in path.Split('/'))
            {
                options.Write(OptionNumber.UriPath, segment);
            }
        }

        return Create(method, confirmable, Write, payload);
    }

    /// <summary>The whole message; its length is returned.</summary>
    public int Write(Span<byte> destination, ushort messageId, ReadOnlySpan<byte> token)
    {
        var type = Confirmable ? MessageType.Confirmable : MessageType.NonConfirmable;
        var head = new CoapWriter(destination, type, Method, messageId, Method.IsEmpty ? [] : token).Length;
        _body.CopyTo(destination[head..]);
        return head + _body.Length;
    }

    /// <summary>Writes options in ascending order.</summary>
    public delegate void WriteOptions(ref OptionWriter options);
}
