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

    public byte[] ToBytes()
    {
        var writer = new CoapWriter(new byte[CoapMessage.MaxLength], Type, Method, 1, [1, 2, 3]);
        foreach (var segment in Path)
        {
            writer.WriteOption(OptionNumber.UriPath, segment);
        }

        if (ContentFormat is { } format)
        {
            writer.WriteOption(OptionNumber.ContentFormat, format);
        }

        if (MaxAge is { } seconds)
        {
            writer.WriteOption(OptionNumber.MaxAge, seconds);
        }

        foreach (var part in Query)
        {
            writer.WriteOption(OptionNumber.UriQuery, part);
        }

        writer.WritePayload(Payload);
        Assert.False(writer.Failed);
        return writer.Written.ToArray();
    }
}
