using System.Text;
using CoapBridge.Coap;

namespace CoapBridge.Tests.Relay;

/// <summary>A request in parts; path segments are bytes, as on the wire.</summary>
internal sealed record RawRequest(params byte[][] Path)
{
    public MessageType Type { get; init; } = MessageType.Confirmable;

    public CoapCode Method { get; init; } = CoapCode.Post;

    public string[] Query { get; init; } = [];

    public uint? ContentFormat { get; init; }

    public uint? MaxAge { get; init; }

    public byte[] Payload { get; init; } = "21.5"u8.ToArray();

    public static RawRequest To(params string[] path) => new([.. path.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>Further options, in any order.</summary>
    public (OptionNumber Number, byte[] Value)[] Options { get; init; } = [];

    public byte[] Token { get; init; } = [1, 2, 3];

    /// <summary>A GET of a path.</summary>
    public static RawRequest Get(params string[] path) => To(path) with { Method = CoapCode.Get, Payload = [] };

    /// <summary>A GET that registers an observer.</summary>
    public static RawRequest Observe(byte token, params string[] path) =>
        Get(path) with { Token = [token], Options = [(OptionNumber.Observe, [])] };

    public byte[] ToBytes()
    {
        var options = new List<(OptionNumber Number, byte[] Value)>(Options);
        options.AddRange(Path.Select(segment => (OptionNumber.UriPath, segment)));
        options.AddRange(Query.Select(part => (OptionNumber.UriQuery, Encoding.UTF8.GetBytes(part))));
        AddNumber(options, OptionNumber.ContentFormat, ContentFormat);
        AddNumber(options, OptionNumber.MaxAge, MaxAge);
        var writer = new CoapWriter(new byte[CoapMessage.MaxLength], Type, Method, 1, Token);
        foreach (var (number, value) in options.OrderBy(option => option.Number))
        {
            writer.WriteOption(number, value);
        }

        writer.WritePayload(Payload);
        Assert.False(writer.Failed);
        return writer.Written.ToArray();
    }

    private static void AddNumber(List<(OptionNumber Number, byte[] Value)> options, OptionNumber number, uint? value)
    {
        if (value is { } present)
        {
            options.Add((number, [.. BitConverter.GetBytes(present).Reverse().SkipWhile(octet => octet == 0)]));
        }
    }
}
