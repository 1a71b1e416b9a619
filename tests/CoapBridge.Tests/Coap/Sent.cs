using System.Text;
using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap;

/// <summary>A message that was sent, as tests ask about it.</summary>
internal sealed record Sent(MessageType Type, CoapCode Code, ushort MessageId, string Token, string Payload, byte[] Bytes)
{
    public uint? Observe => UInt(OptionNumber.Observe);

    public static Sent Parse(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.True(CoapMessage.TryParse(bytes, out var message, out var fault), fault.ToString());
        return new Sent(
            message.Type, message.Code, message.MessageId, Convert.ToHexString(message.Token), Encoding.UTF8.GetString(message.Payload), bytes);
    }

    public uint? UInt(OptionNumber number)
    {
        Assert.True(CoapMessage.TryParse(Bytes, out var message, out _));
        return message.TryGetUInt32(number, out var value) ? value : null;
    }

    public byte[]? Option(OptionNumber number)
    {
        Assert.True(CoapMessage.TryParse(Bytes, out var message, out _));
        return message.TryGetOption(number, out var value) ? value.ToArray() : null;
    }
}
